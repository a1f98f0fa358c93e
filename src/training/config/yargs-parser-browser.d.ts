/**
 * The build of yargs-parser that touches no file; its published types name the Node build alone.
 */
declare module 'yargs-parser/browser' {
  import yargsParser from 'yargs-parser';

  export default yargsParser;
}
