/**
 * Programs that do not come with npm and that some suites need: where they are, and how they get here. Where one is missing, its
 * suites are skipped and say so; where everything can be installed, on the machine that checks changes, that is a failure.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Service {
  readonly name: string;
  /** The variable that says where it is. */
  readonly variable: string;
  /** What it is called in PATH, the best name first. */
  readonly programs: readonly string[];
  readonly debianPackage: string;
  /** The suites that need it, by their path. */
  readonly suites: RegExp;
}

export const chromium: Service = {
  name: 'Chromium',
  variable: 'CHROMIUM_PATH',
  programs: ['chromium', 'chromium-browser', 'google-chrome'],
  debianPackage: 'chromium',
  suites: /\.browser\.test\.ts$/,
};

const php: Service = {
  name: 'PHP',
  variable: 'PHP_PATH',
  programs: ['php'],
  debianPackage: 'php-cli',
  suites: /\.php\.test\.ts$/,
};

const ffmpeg: Service = {
  name: 'ffmpeg',
  variable: 'FFMPEG_PATH',
  programs: ['ffmpeg'],
  debianPackage: 'ffmpeg',
  suites: /\.ffmpeg\.test\.ts$/,
};

const services: readonly Service[] = [chromium, php, ffmpeg];

const installMs = 300_000;

type Environment = Record<string, string | undefined>;

/** Where the program is: where its variable says, or the first one in PATH. */
export function findService({ variable, programs }: Service, env: Environment): string | undefined {
  if (env[variable]) return env[variable];
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return programs.flatMap((program) => folders.map((folder) => join(folder, program))).find(isProgram);
}

/** Whether missing programs can be installed here: by root, on Debian. */
export const mayInstall = (): boolean => process.getuid?.() === 0 && existsSync('/etc/debian_version');

/**
 * Makes what these suites need findable by them, installing what is missing if that may be done, and returns a sentence for
 * each service that is not there after all.
 */
export function prepareServices(suites: readonly string[], env: Environment, installs: boolean): string[] {
  return services.flatMap((service) => {
    const count = suites.filter((path) => service.suites.test(path)).length;
    if (count === 0) return [];
    const path = findService(service, env) ?? (installs ? install(service, env) : undefined);
    if (path === undefined) return [`${service.name} is not here, so that ${count} of the suites cannot run`];
    env[service.variable] = path;
    return [];
  });
}

function install(service: Service, env: Environment): string | undefined {
  console.log(`${service.name} is not here: installing the package ${service.debianPackage} ...`);
  const options = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: installMs, encoding: 'utf8' } as const;
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', service.debianPackage]]) {
    const { status, stderr, error } = spawnSync('apt-get', args, options);
    if (status === 0) continue;
    console.log(`apt-get ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`);
    return undefined;
  }
  return findService(service, env);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
