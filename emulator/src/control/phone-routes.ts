import { z } from 'zod';
import { setAbout } from '../people/about.ts';
import { ownName } from '../phones/change-settings.ts';
import { sendFirstSync } from '../phones/first-sync.ts';
import { openParkedCopies } from '../phones/receive-copies.ts';
import { reinstallPhone } from '../phones/reinstall.ts';
import type { LinkOutcome } from '../server/complete-link.ts';
import { enterLinkCode } from '../server/link-code.ts';
import { scanQr } from '../server/pairing.ts';
import { unlinkClient } from '../server/unlink.ts';
import { clientsOf, createAccount, jidOf, phoneDevicesOf, removeAccount, storeAccount } from '../world/accounts.ts';
import type { AccountState, World } from '../world/world.ts';
import { ControlError } from './errors.ts';
import { requireAccount, requireOnline } from './lookup.ts';
import {
  errorSchema,
  linkCodeInput,
  numberParams,
  phoneInput,
  phonePatch,
  phoneSchema,
  scanInput,
  scanSchema,
} from './schemas.ts';
import type { ControlServer } from './server.ts';
import { changeOrRefuse } from './settings-routes.ts';
import { viewPhone } from './views.ts';

const switchOn = (world: World, state: AccountState): void => {
  openParkedCopies(world, state);
  for (const answer of state.postponed.splice(0)) answer();
  for (const client of clientsOf(state)) if (state.connections.has(client.id)) sendFirstSync(world, state, client);
};

const addRoutes = (server: ControlServer, world: World): void => {
  server.post(
    '/control/phones',
    { schema: { summary: 'Add a phone', body: phoneInput, response: { 201: phoneSchema, 409: errorSchema } } },
    async (request, reply) => {
      const { number, lid, name, devices, auto_delivered: autoDelivered, auto_read: autoRead } = request.body;
      if (number && world.accounts.has(number)) throw new ControlError('number_taken', `${number} has a phone already`);
      if (lid && world.numberByLid.has(lid)) throw new ControlError('lid_taken', `LID ${lid} is in use`);
      const state = createAccount(world, { number, lid, name, devices, autoDelivered, autoRead });
      return reply.code(201).send(viewPhone(state));
    },
  );
  server.get(
    '/control/phones',
    { schema: { summary: 'List phones', response: { 200: z.object({ data: z.array(phoneSchema) }) } } },
    async () => ({ data: [...world.accounts.values()].map(viewPhone) }),
  );
};

const oneRoutes = (server: ControlServer, world: World): void => {
  const path = '/control/phones/:number';
  server.get(
    path,
    { schema: { summary: 'One phone', params: numberParams, response: { 200: phoneSchema, 404: errorSchema } } },
    async (request) => viewPhone(requireAccount(world, request.params.number)),
  );
  server.patch(
    path,
    {
      schema: {
        summary: 'Switch a phone on or off, or change how it answers',
        params: numberParams,
        body: phonePatch,
        response: { 200: phoneSchema, 404: errorSchema },
      },
    },
    async (request) => {
      const state = requireAccount(world, request.params.number);
      const { account } = state;
      const { name, online, auto_delivered, auto_read, answer_retry, about, history } = request.body;
      const wakes = online === true && !account.online;
      account.online = online ?? account.online;
      account.autoDelivered = auto_delivered ?? account.autoDelivered;
      account.autoRead = auto_read ?? account.autoRead;
      account.answerRetry = answer_retry ?? account.answerRetry;
      if (history) account.history = history;
      storeAccount(world, state);
      if (name !== undefined && name !== account.name) changeOrRefuse(world, state, [ownName(name)]);
      if (about !== undefined) setAbout(world, state, about);
      if (wakes) switchOn(world, state);
      return viewPhone(state);
    },
  );
  server.delete(
    path,
    { schema: { summary: 'Remove a phone with all its links', params: numberParams, response: { 204: z.null() } } },
    async (request, reply) => {
      const state = requireAccount(world, request.params.number);
      for (const client of clientsOf(state)) unlinkClient(world, state, client.id);
      removeAccount(world, state);
      return reply.code(204).send(null);
    },
  );
};

const reinstallRoute = (server: ControlServer, world: World): void => {
  server.post(
    '/control/phones/:number/reinstall',
    {
      schema: {
        summary: 'The person gets a new phone: another identity, of which others are told; its clients are unlinked',
        params: numberParams,
        response: { 200: phoneSchema, 404: errorSchema, 409: errorSchema },
      },
    },
    async (request) => {
      const state = requireOnline(world, request.params.number);
      if (phoneDevicesOf(state).length > 1) {
        throw new ControlError('not_allowed', 'only a phone without other devices of the emulator can be replaced');
      }
      for (const client of clientsOf(state)) unlinkClient(world, state, client.id);
      reinstallPhone(world, state);
      return viewPhone(state);
    },
  );
};

const linkRoutes = (server: ControlServer, world: World): void => {
  const link = async (number: string, work: (state: AccountState) => Promise<LinkOutcome>) => {
    const state = requireAccount(world, number);
    if (!state.account.online) throw new ControlError('phone_offline', 'the phone is switched off');
    const outcome = await work(state);
    if (outcome.kind === 'refused') throw new ControlError(outcome.code, outcome.reason);
    const { id } = outcome.device;
    return { number, device: id, jid: jidOf(state, 'pn', id), lid: jidOf(state, 'lid', id) };
  };
  const response = { 200: scanSchema, 404: errorSchema, 409: errorSchema, 422: errorSchema };
  server.post(
    '/control/phones/:number/scan',
    {
      schema: {
        summary: 'The phone scans the QR code of a waiting client and links it',
        params: numberParams,
        body: scanInput,
        response,
      },
    },
    (request) => link(request.params.number, (state) => scanQr(world, state, request.body.qr)),
  );
  server.post(
    '/control/phones/:number/link-code',
    {
      schema: {
        summary: 'The person types the eight-character code that a client shows for this number, and links it',
        params: numberParams,
        body: linkCodeInput,
        response,
      },
    },
    (request) => link(request.params.number, (state) => enterLinkCode(world, state, request.body.code)),
  );
};

export const addPhoneRoutes = (server: ControlServer, world: World): void => {
  addRoutes(server, world);
  oneRoutes(server, world);
  linkRoutes(server, world);
  reinstallRoute(server, world);
};
