/**
 * Resolves after the messages that are waiting have been handled. Uses a MessageChannel, since
 * `requestAnimationFrame` stops in hidden tabs and `setTimeout` is throttled there to once a
 * second.
 */
export function yieldToMessages(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
