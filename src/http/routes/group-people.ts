import * as z from 'zod';
import { viewContact } from '../../domain/contacts/index.ts';
import { resolveMember } from '../../domain/messages/index.ts';
import { askAboutGroup, auditGroup, groupErrors, readOwnGroupAccess } from '../ask-group.ts';
import type { Edge } from '../edge.ts';
import { readPeople } from '../read-recipient.ts';
import { contactSchema, exampleContact, participantsMax, personResultsSchema } from '../render-group.ts';
import { renderResults, requireAskable } from '../render-results.ts';
import { exampleTime, renderTimeOrNull, timeOut } from '../schemas.ts';
import { groupParams, peopleIn } from './groups.ts';

const peopleBody = z
  .strictObject({ participants: peopleIn(participantsMax - 1) })
  .meta({ examples: [{ participants: ['+49 170 12345678'] }] });

const joinRequestsSchema = z
  .object({
    data: z.array(
      z.object({
        contact: contactSchema,
        method: z.string().nullable().meta({ description: 'How, in the words of WhatsApp.' }),
        requested_at: timeOut('When they asked.').nullable(),
      }),
    ),
  })
  .meta({
    id: 'JoinRequests',
    examples: [{ data: [{ contact: exampleContact, method: 'InviteLink', requested_at: exampleTime }] }],
  });

const addDescription =
  'The answer says what became of each person: who lets nobody add them gets an invitation, which is for you to send.';

const memberChanges = [
  { action: 'add', path: '', operationId: 'addParticipants', summary: 'Add people to a group', done: 'added' },
  { action: 'remove', path: '/remove', operationId: 'removeParticipants', summary: 'Remove people', done: 'removed' },
  { action: 'promote', path: '/promote', operationId: 'promoteParticipants', summary: 'Make admins', done: 'promoted' },
  { action: 'demote', path: '/demote', operationId: 'demoteParticipants', summary: 'Undo admins', done: 'demoted' },
] as const;

const decisions = [
  {
    decision: 'approve',
    operationId: 'approveJoinRequests',
    summary: 'Let people in who ask for it',
    done: 'approved',
  },
  { decision: 'reject', operationId: 'rejectJoinRequests', summary: 'Turn people down who ask', done: 'rejected' },
] as const;

/** Who is in a group, and who wants to be. */
export function addGroupPeopleRoutes(edge: Edge): void {
  addMemberRoutes(edge);
  addRequestRoutes(edge);
}

function addMemberRoutes(edge: Edge): void {
  const { app, deps } = edge;
  for (const { action, path, operationId, summary, done } of memberChanges) {
    app.post(
      `/v1/instances/:id/groups/:chat_id/participants${path}`,
      {
        config: { errors: [...groupErrors, 'recipient_invalid', 'no_valid_participant'] },
        schema: {
          operationId,
          summary,
          ...(action === 'add' && { description: addDescription }),
          tags: ['Groups'],
          params: groupParams,
          body: peopleBody,
          response: { 200: personResultsSchema },
        },
      },
      async (request) => {
        const access = await readOwnGroupAccess(edge, request);
        const { caller, instance, group } = access;
        const people = await readPeople(deps, caller, instance, request.body.participants);
        const asked = requireAskable(people);
        const input = { address: group.address, action, people: asked };
        const { results } = await askAboutGroup(deps.networkAccess)(instance, 'change_group_members', input);
        return deps.db.tx(async (tx) => {
          const count = results.filter(({ outcome }) => outcome === 'done').length;
          await auditGroup(tx, access, `group.participants_${done}`, { asked: asked.length, done: count });
          return { results: await renderResults(tx, instance, people, results, done) };
        });
      },
    );
  }
}

function addRequestRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/instances/:id/groups/:chat_id/join-requests',
    {
      config: { errors: groupErrors },
      schema: {
        operationId: 'listJoinRequests',
        summary: 'List those who ask to be let into a group',
        description: 'WhatsApp is asked, and answers admins only.',
        tags: ['Groups'],
        params: groupParams,
        response: { 200: joinRequestsSchema },
      },
    },
    async (request) => {
      const { instance, group } = await readOwnGroupAccess(edge, request);
      const ask = askAboutGroup(deps.networkAccess);
      const requests = await ask(instance, 'list_join_requests', { address: group.address });
      return deps.db.tx(async (tx) => {
        const data: z.output<typeof joinRequestsSchema>['data'] = [];
        for (const { person, method = null, atMs = null } of requests) {
          const contactId = await resolveMember(tx, instance, person);
          const contact = await viewContact(tx, instance.customer_id, contactId);
          data.push({ contact, method, requested_at: renderTimeOrNull(atMs) });
        }
        return { data };
      });
    },
  );

  for (const { decision, operationId, summary, done } of decisions) {
    app.post(
      `/v1/instances/:id/groups/:chat_id/join-requests/${decision}`,
      {
        config: { errors: [...groupErrors, 'recipient_invalid', 'no_valid_participant'] },
        schema: {
          operationId,
          summary,
          tags: ['Groups'],
          params: groupParams,
          body: peopleBody,
          response: { 200: personResultsSchema },
        },
      },
      async (request) => {
        const access = await readOwnGroupAccess(edge, request);
        const { caller, instance, group } = access;
        const people = await readPeople(deps, caller, instance, request.body.participants);
        const input = { address: group.address, decision, people: requireAskable(people) };
        const { results } = await askAboutGroup(deps.networkAccess)(instance, 'decide_join_requests', input);
        return deps.db.tx(async (tx) => {
          const count = results.filter(({ outcome }) => outcome === 'done').length;
          await auditGroup(tx, access, `group.join_requests_${done}`, { asked: results.length, done: count });
          return { results: await renderResults(tx, instance, people, results, done) };
        });
      },
    );
  }
}
