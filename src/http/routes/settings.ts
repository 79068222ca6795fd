import * as z from 'zod';
import {
  type InstanceSettings,
  instanceSettings,
  patchSettings,
  readSettings,
  requireInstance,
  type Setting,
} from '../../domain/instances/index.ts';
import type { Edge } from '../edge.ts';
import { instanceParams, readInstanceId } from './instances.ts';

function schemaOf(setting: Setting): z.ZodType {
  switch (setting.kind) {
    case 'choice':
      return z.enum(setting.of);
    case 'whole':
      return z.int().min(0).max(setting.max).nullable();
    case 'text':
      return z.string().trim().min(1).max(setting.charsMax).nullable();
  }
}

const shapeOf = (wrap: (value: z.ZodType, setting: Setting) => z.ZodType): Readonly<Record<string, z.ZodType>> =>
  Object.fromEntries(
    Object.entries<Setting>(instanceSettings).map(([name, setting]) => {
      const description = `${setting.meaning} Default: \`${JSON.stringify(setting.default)}\`.`;
      return [name, wrap(schemaOf(setting), setting).meta({ description })];
    }),
  );

const example = Object.fromEntries(Object.entries(instanceSettings).map(([name, setting]) => [name, setting.default]));

const settingsSchema = z.object(shapeOf((value) => value)).meta({ id: 'InstanceSettings', examples: [example] });

const settingsPatch = z
  .strictObject(shapeOf((value) => value.nullable().optional()))
  .meta({ examples: [{ presence: 'available' }] });

export function addSettingsRoutes(edge: Edge): void {
  const { app, deps } = edge;
  const config = { errors: ['instance_not_found'] } as const;

  app.get(
    '/v1/instances/:id/settings',
    {
      config,
      schema: {
        operationId: 'readSettings',
        summary: 'Read what an instance goes by',
        tags: ['Instances'],
        params: instanceParams,
        response: { 200: settingsSchema },
      },
    },
    async (request) => {
      const id = readInstanceId(request.params.id);
      return readSettings(await requireInstance(deps.db.read, edge.callerOf(request), id));
    },
  );

  app.patch(
    '/v1/instances/:id/settings',
    {
      config,
      schema: {
        operationId: 'patchSettings',
        summary: 'Change what an instance goes by',
        description: 'What is left out stays as it is; null takes a setting back to its default. It holds from now on.',
        tags: ['Instances'],
        params: instanceParams,
        body: settingsPatch,
        response: { 200: settingsSchema },
      },
    },
    async (request) => {
      const id = readInstanceId(request.params.id);
      const patch = asPatch(request.body);
      return deps.db.tx((tx) => patchSettings(tx, edge.callerOf(request), id, patch));
    },
  );
}

type Patch = { readonly [Name in keyof InstanceSettings]?: InstanceSettings[Name] | null };

/** The schema was made from the table that the type is made from. */
function asPatch(body: Readonly<Record<string, unknown>>): Patch {
  return body as Patch;
}
