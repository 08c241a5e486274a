/* What run.ts starts in a PTY: as the program does, memory is made lean before anything else is loaded. */
import { leanMemory } from '../../src/cli/lean-memory.ts';

leanMemory(process.versions.node);
await import('./played-screen.ts');
