// Package webcrypto is AES-256-GCM (NIST SP 800-38D) by the browser: keys that no
// program can read, and a cipher for bulk data. It exists for js/wasm only.
package webcrypto
