import { judgeCases } from './signature-cases.ts';

judgeCases('verify-php', process.env.PHP_PATH ?? 'php', (code) => [
  '-r',
  `${code}
  $given = json_decode(file_get_contents('php://stdin'), true);
  echo verify($given['headers']['x-sluice-signature'] ?? '', $given['body'], $given['secret']) ? 'true' : 'false';`,
]);
