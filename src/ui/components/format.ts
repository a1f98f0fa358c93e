export { bytes, count, counted, duration, fixed, percent } from '../../core/number-words';
