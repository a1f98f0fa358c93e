export { captureFrom, type FaceCapture } from './face-capture';
export { identityFrom, type FaceIdentity } from './face-identity';
export { renderFace } from './render-face';
