// Package vault keeps the profile of a device in a browser. It exists for js/wasm
// only.
//
// The profile rests in IndexedDB under a random profile key (AES-256-GCM). That
// key rests under the passphrase (crypto/login: Argon2id and AES-256-GCM), and,
// while the device is not locked, under a second key that the browser made and
// that no program can export. Each unlocking makes another. Nothing tells whose
// profile it is.
//
// A browser writes a key that cannot be exported into its own files all the same,
// and a database that is deleted lingers there until they are rewritten. What the
// second key seals therefore stands in a file of the origin, which locking
// overwrites with zeros: what lingers then opens nothing. Until the device is
// locked, whoever can read the browser's files has the profile.
package vault
