// The package types its whole; this is the part of it that is bundled.
declare module 'hash-wasm/dist/argon2.umd.min.js' {
  import type { argon2id } from 'hash-wasm';
  const hashWasm: { readonly argon2id: typeof argon2id };
  export default hashWasm;
}
