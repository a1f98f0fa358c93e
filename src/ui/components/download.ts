/** Milliseconds after which the browser has taken over the download. */
const REVOKE_AFTER_MS = 1000;

/** Offers a file to the browser as a download. */
export function download(name: string, content: Blob | string): void {
  const url = URL.createObjectURL(new Blob([content]));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS);
}
