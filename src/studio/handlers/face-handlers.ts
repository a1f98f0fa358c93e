import type { EvaluationCommand, MachineCommand } from '../protocol/evaluation';
import type { FaceCommand } from '../protocol/faces';
import type { HeadCommand } from '../protocol/heads';
import { done, type Handlers, type HandlerTools } from './handlers';

/** Carries out requests about single faces, the camera, and the head that reads them. */
export function faceHandlers({
  controllers,
}: HandlerTools): Handlers<FaceCommand['type'] | HeadCommand['type']> {
  const { faces, camera } = controllers;
  return {
    'choose-head': done(({ choice }) => controllers.chooseHead(choice)),
    'choose-sample': done((command) => controllers.chooseSample(command)),
    'choose-run-picture': done((command) => controllers.chooseRunPicture(command)),
    'choose-photo': done((command) => controllers.choosePhoto(command)),
    'choose-face': done(({ slot, id, face }) => faces.chooseFace(slot, id, face)),
    'remove-face': done(({ slot, id }) => faces.remove(slot, id)),
    'degrade-face': done(({ slot, id, levels }) => faces.degrade(slot, id, levels)),
    sweep: ({ slot, id }, task) => faces.sweep(slot, id, task),
    'stop-sweep': done(() => faces.stopSweep()),
    'camera-frame': ({ frame }) => controllers.readFrame(frame),
    'camera-enrol': done(() => camera.enrol()),
    'camera-forget': done(() => camera.forget()),
  };
}

/** Carries out requests for figures: of methods on pictures, and of this machine. */
export function figureHandlers({
  controllers,
}: HandlerTools): Handlers<EvaluationCommand['type'] | MachineCommand['type']> {
  const { evaluation, benches } = controllers;
  return {
    evaluate: ({ request }, task) => evaluation.evaluate(request, task),
    'evaluate-demo': ({ seed }, task) => evaluation.evaluateDemo(seed, task),
    'time-demo': () => evaluation.timeDemo(),
    'stop-evaluation': done(() => evaluation.stop()),
    'run-benchmarks': (_, task) => benches.run(task),
    'stop-benchmarks': done(() => benches.stop()),
  };
}
