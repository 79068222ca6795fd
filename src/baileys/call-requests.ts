import type { RequestHandlers } from './request-handlers.ts';

export const callRequests: RequestHandlers<'reject_call'> = {
  reject_call: async (socket, { networkId, address }) => {
    await socket.rejectCall(networkId, address);
    return undefined;
  },
};
