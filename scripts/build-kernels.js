// Compiles the AssemblyScript kernels to WebAssembly, where their sources are newer than what is there.

import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMemoryStream, main } from 'assemblyscript/asc';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = join(ROOT, 'src', 'dsp', 'kernels');
const OUTPUT = join(ROOT, 'dist', 'src', 'dsp', 'kernels');

/** SIMD, a memory that the host brings and shares, and no runtime: the kernels allocate nothing. */
const OPTIONS = [
  '--enable simd --enable threads',
  '--importMemory --noExportMemory --sharedMemory --initialMemory 1 --maximumMemory 65536',
  '--runtime stub -O3',
  // Loads and stores at constant offsets are what these kernels are made of.
  '--disableWarning 112',
].flatMap((options) => options.split(' '));

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function newestSource(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return Math.max(...names.map((name) => modified(join(folder, name))));
}

async function build(kernel) {
  const output = join(OUTPUT, `${kernel}.wasm`);
  if (modified(output) > newestSource(SOURCES)) return;
  const source = join('src', 'dsp', 'kernels', kernel, 'index.ts');
  const target = join('dist', 'src', 'dsp', 'kernels', `${kernel}.wasm`);
  const stderr = createMemoryStream();
  const { error } = await main([source, '-o', target, '--baseDir', ROOT, ...OPTIONS], { stderr });
  if (!error) return;
  process.stderr.write(stderr.toString());
  process.exitCode = 1;
}

mkdirSync(OUTPUT, { recursive: true });
for (const kernel of ['denoise', 'vad', 'outbound']) await build(kernel);
