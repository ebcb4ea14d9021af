// WebAssembly as Node offers it, typed: the compiler's `es2023` library leaves it out. Media plane.

/** A compiled module; can be posted to a worker. */
export interface WasmModule {
  readonly __brand: 'WebAssembly.Module';
}

export interface WasmMemory {
  /** Replaced when the memory grows: views of the old one are empty then. */
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** A memory of several threads; can be posted to a worker. */
export interface SharedWasmMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

type WasmImport = ((...args: number[]) => number) | WasmMemory | SharedWasmMemory;

export type WasmImports = Record<string, Record<string, WasmImport>>;

interface WasmApi {
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<WasmModule>;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Memory: new (pages: {
    initial: number;
    maximum: number;
    shared: true;
  }) => SharedWasmMemory;
  readonly Instance: new (
    module: WasmModule,
    imports: WasmImports,
  ) => { readonly exports: Record<string, unknown> };
}

export const wasm = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly;

/** One page of WebAssembly memory (WebAssembly Core Specification, section 4.2.8). */
export const WASM_PAGE_BYTES = 65536;
