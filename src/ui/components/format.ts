export {
  bytes,
  count,
  counted,
  duration,
  fixed,
  percent,
  roundedCount,
} from '../../core/number-words';
