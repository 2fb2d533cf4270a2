export {
  createServer,
  type ServerAddress,
  type ServerDependencies,
  type StabilityServer,
} from './server.ts';
export type { ServerSettings } from './settings.ts';
