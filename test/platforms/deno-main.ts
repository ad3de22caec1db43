// Run by Deno: prints the suite's result as one line of JSON.
import { runKernelSuite } from './kernel-suite.ts';

console.log(JSON.stringify(await runKernelSuite()));
