// The part of the WebAssembly JavaScript interface that the engine uses: TypeScript declares it with the
// browser's library only. https://webassembly.github.io/spec/js-api/ Media plane, at start only.

/** A compiled module; has no members that are used here. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}

/** A memory; its buffer is a SharedArrayBuffer where it was made with `shared: true`. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
}

interface ModuleImport {
  readonly module: string;
  readonly name: string;
  readonly kind: 'function' | 'global' | 'memory' | 'table';
}

type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface WasmApi {
  readonly Module: {
    new (bytes: Uint8Array<ArrayBuffer>): WasmModule;
    imports(module: WasmModule): readonly ModuleImport[];
  };
  readonly Instance: new (
    module: WasmModule,
    imports: Imports,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (pages: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
}

export const wasm = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly;

/** One page of memory (WebAssembly Core Specification, section 4.2.8). */
export const WASM_PAGE_BYTES = 65536;
