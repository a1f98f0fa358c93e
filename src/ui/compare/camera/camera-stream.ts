import { messageOf } from '../../../core/studio-error';

/** Why the camera gives no picture, with a next step. */
export interface CameraProblem {
  readonly message: string;
  readonly nextStep: string;
}

/** Explains an error of getUserMedia. */
export function cameraProblem(thrown: unknown): CameraProblem {
  const name = thrown instanceof DOMException ? thrown.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return {
        message: 'The camera was refused.',
        nextStep: 'Allow it at the left of the address, and turn it on again.',
      };
    case 'NotFoundError':
    case 'OverconstrainedError':
      return { message: 'No camera was found.', nextStep: 'Plug one in, and turn it on again.' };
    case 'NotReadableError':
    case 'AbortError':
      return {
        message: 'The camera could not be started; another program may be using it.',
        nextStep: 'Close that program, and turn the camera on again.',
      };
    default:
      return {
        message: `The camera could not be started (${messageOf(thrown)}).`,
        nextStep: 'Open the page at https or localhost, and turn it on again.',
      };
  }
}

/**
 * Turns a camera on.
 * @param device the id of one of {@link cameras}; null leaves the choice to the browser
 * @param onEnded called when the camera was unplugged, or access to it withdrawn
 * @throws DOMException or Error, which {@link cameraProblem} explains
 */
export async function openCamera(device: string | null, onEnded: () => void): Promise<MediaStream> {
  if (!navigator.mediaDevices) throw new Error('this page may not ask for one');
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: {
      width: { ideal: 640 },
      height: { ideal: 480 },
      ...(device === null ? { facingMode: 'user' } : { deviceId: { exact: device } }),
    },
  });
  for (const track of stream.getVideoTracks()) track.addEventListener('ended', onEnded);
  return stream;
}

/** Turns a camera off, and its light. */
export function closeCamera(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** The cameras of this machine. Their names are known once a person has allowed one. */
export async function cameras(): Promise<
  readonly { readonly id: string; readonly name: string }[]
> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter(({ kind }) => kind === 'videoinput')
    .map(({ deviceId, label }, i) => ({ id: deviceId, name: label || `Camera ${i + 1}` }));
}
