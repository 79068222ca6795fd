import { listSettings, type Setting } from '../src/platform/index.ts';

const introduction = `<!-- Generated from src/platform/config.ts by "npm run docs". -->

# Configuration

Sluice is configured by environment variables, read once at start. Nothing has to be set: without any, it listens on
127.0.0.1:3000 and keeps everything in \`./data\`.

- An empty value counts as not given.
- A value that is not allowed stops the start with exit code 78 and a sentence that names the variable, what was wrong
  and what is allowed. All problems are named at once.
- A name that looks like a misspelt setting (\`WEBHOOK_MAX_PERHOST\`) is ignored with a warning.
- \`DATABASE_URL\` and \`NATS_URL\` are refused: this version runs as one process on SQLite.
- Where \`SECRETS_KEY\` or \`API_KEY_PEPPER\` is not given, one is made on first start and kept in the data folder, readable
  by its owner only. A key beside its database does not protect a copied folder; give both to keep them apart.

To reach the server from elsewhere, set \`HOST=0.0.0.0\` (or an address of the machine) and put a proxy with TLS in front.
`;

/** The text of docs/configuration.md. */
export function renderConfigDocs(): string {
  const groups = Map.groupBy(listSettings(), ({ group }) => group);
  const sections = [...groups].map(([group, settings]) => `\n## ${group}\n\n${settings.map(renderSetting).join('\n')}`);
  return `${introduction}${sections.join('')}`;
}

function renderSetting({ name, description, allowed, defaultText }: Setting): string {
  const preset = defaultText ? `default \`${defaultText}\`` : 'not set by default';
  return `### \`${name}\`\n\n${description}\n\n*${preset}; ${allowed}*\n`;
}
