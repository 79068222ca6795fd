import * as z from 'zod';
import { callExample, callSchema } from '../render-call.ts';
import { exampleTime } from '../schemas.ts';
import { describeEvent } from './describe-event.ts';

const callData = z.object({ call: callSchema });

export const callEvents = {
  'call.offered': describeEvent('somebody calls, and it rings', callData, { call: callExample }),
  'call.terminated': describeEvent('it does not ring any more; `state` of `call` says how that came', callData, {
    call: { ...callExample, state: 'missed', ended_at: exampleTime },
  }),
};
