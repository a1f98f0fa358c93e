/** The studio's mark: a sphere, and a cap on it whose width is a confidence. */
export function Mark() {
  return (
    <svg width="26" height="26" viewBox="0 0 32 32" fill="none" aria-hidden focusable="false">
      <circle cx="16" cy="16" r="13" stroke="currentColor" strokeWidth="2" opacity="0.55" />
      <path
        d="M7.6 6.1 A13 13 0 0 1 24.4 6.1 A9.4 3.6 0 0 1 7.6 6.1 Z"
        fill="var(--scf-confidence)"
        opacity="0.9"
      />
      <path d="M16 16 L16 5.2" stroke="var(--scf-confidence)" strokeWidth="2" />
      <circle cx="16" cy="16" r="1.6" fill="currentColor" />
    </svg>
  );
}
