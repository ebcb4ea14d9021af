// WebAssembly as Node offers it, typed: the compiler's `es2023` library leaves it out. Media plane.
// https://webassembly.github.io/spec/js-api/

/** A compiled module; can be posted to a worker. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}

/** A memory, of one thread or of several. */
export interface WasmMemory {
  /** Where it is not shared, it is replaced when the memory grows: views of the old one are empty then. */
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

/** A memory of several threads; can be posted to a worker. */
export interface SharedWasmMemory extends WasmMemory {
  readonly buffer: SharedArrayBuffer;
}

interface ModuleImport {
  readonly module: string;
  readonly name: string;
  readonly kind: 'function' | 'global' | 'memory' | 'table';
}

export type WasmImports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface WasmApi {
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<WasmModule>;
  readonly Module: {
    new (bytes: Uint8Array): WasmModule;
    imports(module: WasmModule): readonly ModuleImport[];
  };
  readonly Memory: {
    new (pages: { initial: number; maximum: number; shared: true }): SharedWasmMemory;
    new (pages: { initial: number; maximum: number; shared: boolean }): WasmMemory;
    readonly prototype: WasmMemory;
  };
  readonly Instance: new (
    module: WasmModule,
    imports: WasmImports,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

export const wasm = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly;

/** One page of WebAssembly memory (WebAssembly Core Specification, section 4.2.8). */
export const WASM_PAGE_BYTES = 65536;

/** A memory of several threads that is large enough for `bytes`, and never grows. */
export function sharedMemoryFor(bytes: number): SharedWasmMemory {
  const pages = Math.ceil(bytes / WASM_PAGE_BYTES);
  return new wasm.Memory({ initial: pages, maximum: pages, shared: true });
}
