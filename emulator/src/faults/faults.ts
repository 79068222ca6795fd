import { happens } from '../lib/random.ts';
import type { Changes } from '../world/changes.ts';
import type { Fault, FaultInput, FaultKind } from './table.ts';

export type Faults = {
  create: (input: FaultInput) => Fault;
  list: () => Fault[];
  end: (id: string) => boolean;
  endAll: () => void;
  /**
   * The fault of this kind that strikes now, if any; it is used up by one. `fits` narrows by parameters.
   * Costs one lookup while no fault of the kind exists.
   */
  strike: (kind: FaultKind, number?: string, device?: number, fits?: (fault: Fault) => boolean) => Fault | undefined;
};

const FAULTS_MAX = 1000;

/** Every change, and every strike, is noted. */
export const createFaults = (changes: Changes): Faults => {
  const byKind = new Map<FaultKind, Fault[]>();
  let nextId = 1;

  const remove = (fault: Fault): void => {
    const left = (byKind.get(fault.kind) ?? []).filter((other) => other !== fault);
    if (left.length) byKind.set(fault.kind, left);
    else byKind.delete(fault.kind);
  };
  const list = (): Fault[] => [...byKind.values()].flat();

  return {
    create: (input) => {
      if (list().length >= FAULTS_MAX) throw new Error('too many faults at once');
      const fault: Fault = { ...input, id: `flt_${nextId++}`, struck: 0 };
      byKind.set(input.kind, [...(byKind.get(input.kind) ?? []), fault]);
      changes.note('faults');
      return fault;
    },
    list,
    end: (id) => {
      const fault = list().find((other) => other.id === id);
      if (fault) remove(fault);
      changes.note('faults');
      return fault !== undefined;
    },
    endAll: () => {
      byKind.clear();
      changes.note('faults');
    },
    strike: (kind, number, device, fits) => {
      const candidates = byKind.get(kind);
      if (!candidates) return undefined;
      for (const fault of candidates) {
        if (fault.number !== undefined && fault.number !== number) continue;
        if (fault.device !== undefined && fault.device !== device) continue;
        if (fits && !fits(fault)) continue;
        if (!happens(fault.probability ?? 1)) continue;
        fault.struck += 1;
        changes.note('faults');
        if (fault.count !== undefined && fault.struck >= fault.count) remove(fault);
        return fault;
      }
      return undefined;
    },
  };
};
