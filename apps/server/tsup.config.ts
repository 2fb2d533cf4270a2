import { defineConfig } from 'tsup';
import { library } from '../../tsup.config.base.ts';

// The playground is built into dist/playground after this, so cleaning here cannot take it away.
export default defineConfig({ ...library, entry: ['src/index.ts', 'src/main.ts'] });
