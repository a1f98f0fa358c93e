/** The browser build of yargs-parser. Its published types cover only the Node build. */
declare module 'yargs-parser/browser' {
  import yargsParser from 'yargs-parser';

  export default yargsParser;
}
