/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Not empty when the gallery of parts is compiled in. */
  readonly VITE_GALLERY: string;
}
