/**
 * Modules of which any name, in them or in a module below them, could run a program, load code or
 * reach files.
 */
const DANGEROUS_MODULES: ReadonlySet<string> = new Set(
  [
    // Processes, files and the machine.
    'os posix nt posixpath ntpath subprocess _posixsubprocess commands popen2 pty signal ' +
      'sys shutil',
    'tempfile glob fileinput io _io mmap ctypes _ctypes platform multiprocessing threading asyncio',
    // Programs, and modules that are loaded by their names.
    'importlib imp runpy pkgutil zipimport code codeop pdb bdb timeit profile cProfile ' +
      'trace doctest',
    'pip ensurepip venv setuptools distutils types inspect linecache gc operator _operator',
    // Other pickles, whose names nobody would look at.
    'pickle _pickle cPickle marshal shelve dill cloudpickle joblib',
    // The network.
    'socket _socket ssl urllib urllib2 http httplib ftplib smtplib requests aiohttp webbrowser',
  ].flatMap((line) => line.split(' ')),
);

/** Names beyond those modules, as "module name". */
const DANGEROUS_NAMES: ReadonlySet<string> = new Set([
  'torch load',
  'torch.serialization load',
  'torch.storage _load_from_bytes',
  'torch.jit load',
  'torch.hub load',
  'torch.utils.model_zoo load_url',
  'numpy load',
  'numpy.testing._private.utils runstring',
  'logging.config listen',
]);

/** Builtins that name a type, or make nothing but a plain value. */
const PLAIN_BUILTINS: ReadonlySet<string> = new Set(
  [
    'object type int long float complex bool str unicode bytes bytearray list tuple dict set',
    'frozenset slice range xrange Ellipsis NotImplemented',
  ].flatMap((line) => line.split(' ')),
);

/**
 * Whether a pickle that asks for this global may be an attack: what it names could run a program,
 * load other code or reach files, and nothing that holds weights or settings needs it. It says what
 * a message tells its reader. It allows nothing: what is read is a list of its own, and whatever is
 * not in that is refused.
 */
export function isDangerousGlobal(module: string, name: string): boolean {
  if (module === 'builtins' || module === '__builtin__') {
    return !PLAIN_BUILTINS.has(name) && !/^\w+(Error|Exception|Warning)$/.test(name);
  }
  const parts = module.split('.');
  // A name with a dot in it goes through an attribute, which could be another module: `os.system`
  // of torch.
  const reached = [parts[0]!, ...name.split('.').slice(0, -1)];
  return (
    reached.some((part) => DANGEROUS_MODULES.has(part)) || DANGEROUS_NAMES.has(`${module} ${name}`)
  );
}
