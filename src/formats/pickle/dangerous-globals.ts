/**
 * Modules whose names, and those of their submodules, could run a program, load code or reach
 * files.
 */
const DANGEROUS_MODULES: ReadonlySet<string> = new Set(
  [
    // Processes, files and the machine.
    'os posix nt posixpath ntpath subprocess _posixsubprocess commands popen2 pty signal ' +
      'sys shutil',
    'tempfile glob fileinput io _io mmap ctypes _ctypes platform multiprocessing threading asyncio',
    // Running code, and loading modules by name.
    'importlib imp runpy pkgutil zipimport code codeop pdb bdb timeit profile cProfile ' +
      'trace doctest',
    'pip ensurepip venv setuptools distutils types inspect linecache gc operator _operator',
    // Nested pickles, whose globals would go unchecked.
    'pickle _pickle cPickle marshal shelve dill cloudpickle joblib',
    // The network.
    'socket _socket ssl urllib urllib2 http httplib ftplib smtplib requests aiohttp webbrowser',
  ].flatMap((line) => line.split(' ')),
);

/** Single dangerous names of other modules, as "module name". */
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

/** Builtins that name a type or make a plain value. */
const PLAIN_BUILTINS: ReadonlySet<string> = new Set(
  [
    'object type int long float complex bool str unicode bytes bytearray list tuple dict set',
    'frozenset slice range xrange Ellipsis NotImplemented',
  ].flatMap((line) => line.split(' ')),
);

/**
 * Whether a pickle that asks for this global may be an attack: the global could run a program, load
 * other code or reach files, and no file of weights or settings needs it. The answer only decides
 * what the error message says. It allows nothing: only the globals of a separate allowlist are
 * read.
 */
export function isDangerousGlobal(module: string, name: string): boolean {
  if (module === 'builtins' || module === '__builtin__') {
    return !PLAIN_BUILTINS.has(name) && !/^\w+(Error|Exception|Warning)$/.test(name);
  }
  const parts = module.split('.');
  // A dotted name goes through attributes, which may be other modules: torch has an `os.system`.
  const modules = [parts[0]!, ...name.split('.').slice(0, -1)];
  return (
    modules.some((part) => DANGEROUS_MODULES.has(part)) || DANGEROUS_NAMES.has(`${module} ${name}`)
  );
}
