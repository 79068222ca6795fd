import { z } from 'zod';
import { isMember, membersOf } from '../groups/groups.ts';
import { answerCall, callsOf, hangUp, startCall } from '../people/calls.ts';
import type { AccountState, Call, World } from '../world/world.ts';
import { ControlError } from './errors.ts';
import { requireAccount, requireOnline } from './lookup.ts';
import { chatIdSchema, errorSchema, numberParams } from './schemas.ts';
import type { ControlServer } from './server.ts';

const RING_MS_DEFAULT = 45_000;
const RING_MS_MAX = 300_000;

const callParams = numberParams.extend({ id: z.string().min(1).max(64) });
const callInput = z.strictObject({
  to: chatIdSchema,
  video: z.boolean().default(false),
  ring_ms: z.number().int().min(0).max(RING_MS_MAX).default(RING_MS_DEFAULT),
});
const callSchema = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  video: z.boolean(),
  state: z.enum(['ringing', 'accepted', 'rejected', 'missed', 'ended']),
  at: z.string(),
  /** Who took it or turned it down; device 0 is the phone. */
  answered_by: z.object({ number: z.string(), device: z.number() }).nullable(),
});
const problems = { 404: errorSchema, 409: errorSchema };

const viewCall = ({ id, from, to, video, state, at, answeredBy }: Call) => ({
  id,
  from,
  to,
  video,
  state,
  at: new Date(at).toISOString(),
  answered_by: answeredBy ?? null,
});

const calleesOf = (world: World, caller: AccountState, to: string): AccountState[] => {
  const group = world.groups.get(to);
  if (group && !isMember(group, caller)) throw new ControlError('not_a_member', 'the person is not in this group');
  if (group) return membersOf(world, group);
  const callee = world.accounts.get(to);
  if (!callee || callee === caller) throw new ControlError('recipient_not_found', `${to} cannot be called`);
  return [callee];
};

const requireCall = (world: World, state: AccountState, id: string, ...states: Call['state'][]): Call => {
  const call = callsOf(world, state).find((one) => one.id === id);
  if (!call) throw new ControlError('call_not_found', `this phone knows of no call ${id}`);
  if (!states.includes(call.state)) throw new ControlError('not_allowed', `the call is ${call.state}`);
  return call;
};

const answerRoutes = (server: ControlServer, world: World): void => {
  const path = '/control/phones/:number/calls/:id';
  const shared = { params: callParams, response: { 200: callSchema, ...problems } };
  for (const answer of ['accept', 'reject'] as const) {
    const summary = `The person ${answer === 'accept' ? 'takes the call' : 'turns the call down'} on the phone`;
    server.post(`${path}/${answer}`, { schema: { summary, ...shared } }, async (request) => {
      const state = requireOnline(world, request.params.number);
      const call = requireCall(world, state, request.params.id, 'ringing');
      if (call.from === state.account.number) throw new ControlError('not_allowed', 'the call is the person’s own');
      answerCall(world, call, state, answer);
      return viewCall(call);
    });
  }
  server.post(
    `${path}/hang-up`,
    { schema: { summary: 'The person ends a call that rings or is going on', ...shared } },
    async (request) => {
      const state = requireOnline(world, request.params.number);
      const call = requireCall(world, state, request.params.id, 'ringing', 'accepted');
      if (call.state === 'ringing' && call.from !== state.account.number) {
        throw new ControlError('not_allowed', 'only the caller can hang up before somebody takes the call');
      }
      hangUp(world, call);
      return viewCall(call);
    },
  );
};

/** Calls, as far as signalling goes. */
export const addCallRoutes = (server: ControlServer, world: World): void => {
  const path = '/control/phones/:number/calls';
  server.get(
    path,
    {
      schema: {
        summary: 'Calls that the person has made or got, oldest first; they are forgotten at a restart',
        params: numberParams,
        response: { 200: z.object({ data: z.array(callSchema) }), 404: errorSchema },
      },
    },
    async (request) => ({ data: callsOf(world, requireAccount(world, request.params.number)).map(viewCall) }),
  );
  server.post(
    path,
    {
      schema: {
        summary: 'The person calls a number or a group; it rings for `ring_ms` unless somebody does something',
        params: numberParams,
        body: callInput,
        response: { 201: callSchema, ...problems },
      },
    },
    async (request, reply) => {
      const caller = requireOnline(world, request.params.number);
      const { to, video, ring_ms: ringMs } = request.body;
      const callees = calleesOf(world, caller, to);
      return reply.code(201).send(viewCall(startCall(world, caller, { to, callees, video, ringMs })));
    },
  );
  answerRoutes(server, world);
};
