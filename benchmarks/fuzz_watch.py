"""What escapes from a process that reads strangers' files: an independent watch, used by ``benchmarks.fuzzing``.

The readers forbid themselves to write files, open connections and start programs; this does not rely on that. An audit
hook of its own runs in every reader, listeners on loopback count who connects, and folders are compared with what they
were: the home, the temporary and the working folder, and the program's own.
"""

import contextlib
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil

from emotion_core import sandbox

ROOT = Path(__file__).resolve().parents[1]
_SKIPPED = {".git", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", "node_modules"}
# Folders of the program in the temporary folder, for files in memory.
_OWN = ("emotion-import-", "emotion-upload")
# Runs in readers alone, before anything of theirs. What is refused by a later hook is noted, too.
_HOOK = """
import os, sys
if "emotion_core.sandbox" in sys.orig_argv:
    _log = os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    _events = (
        "socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostby", "subprocess.",
        "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "os.kill", "os.remove", "os.rename",
        "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "shutil.", "pickle.",
    )
    _own = os.path.realpath({own!r}) + os.sep
    _readable = tuple(os.path.realpath(folder) + os.sep for folder in {readable!r}) + ("/proc/", "/sys/", "/dev/")
    def _watch(event, arguments):
        if event == "open":
            path, mode, flags = arguments
            if isinstance(path, int):
                return
            path = os.path.realpath(os.fsdecode(path))
            writes = bool(set(mode) & set("wax+")) if isinstance(mode, str) else bool(flags & (os.O_WRONLY | os.O_RDWR))
            if not writes and (path.startswith(_readable) or not os.path.isfile(path)):
                return
            if writes and (path == os.devnull or path.startswith(_own)):
                return  # The comparison of folders shows what is left there.
            os.write(_log, f"{{'write' if writes else 'read'}} {{path!r}}\\n".encode("utf8", "replace"))
        elif event.startswith(_events):
            if arguments and isinstance(arguments[0], str) and os.path.realpath(arguments[0]).startswith(_own):
                return
            os.write(_log, f"{{event}} {{arguments!r}}\\n".encode("utf8", "replace"))
    sys.addaudithook(_watch)
"""


class Watch:
    """Notes what readers did beyond reading, while it is open.

    Attributes:
        port: of a listener on loopback, for addresses in the files; nothing may connect to it.
        folder: of the files that are read.
    """

    def __init__(self) -> None:
        self.port = 0
        self.folder = Path()
        self._events: list[str] = []
        self._allowed_ports: set[int] = set()
        self._is_open = False

    def allow(self, port: int) -> None:
        """Let this process connect to a port of this machine, where a server of the measurement listens."""
        self._allowed_ports.add(port)

    @contextlib.contextmanager
    def opened(self) -> Iterator["Watch"]:
        """Give this process and its readers folders of their own, and watch them until the context ends."""
        with (
            tempfile.TemporaryDirectory(prefix="fuzzing-", ignore_cleanup_errors=True) as name,
            contextlib.ExitStack() as stack,
        ):
            base = Path(name).resolve()
            for part in ("home", "work", "files", "hook", "tmp"):
                (base / part).mkdir()
            self.folder, self._log = base / "files", base / "audit.log"
            readable = [str(ROOT), sys.prefix, sys.base_prefix, str(base), "/usr", "/lib", "/etc"]
            hook = _HOOK.format(log=str(self._log), own=str(base / "tmp"), readable=readable)
            (base / "hook" / "sitecustomize.py").write_text(hook, encoding="utf8")
            stack.enter_context(_environment(HOME=base / "home", TMPDIR=base / "tmp", PYTHONPATH=base / "hook"))
            stack.enter_context(_temporary_folder(base / "tmp"))
            stack.enter_context(contextlib.chdir(base / "work"))
            stack.enter_context(self._listeners())
            program = [ROOT / name for name in ("emotion_core", "pages", "assets", "scripts")]
            self._watched = [base / "home", base / "work", base / "tmp", *program]
            sys.addaudithook(self._note)
            # Readers that run already have neither the hook nor the folders.
            sandbox.close()
            stack.callback(sandbox.close)
            self.begin()
            try:
                yield self
            finally:
                self._is_open = False

    def begin(self) -> None:
        """Forget what was noted so far, such as the start of a server."""
        self._before, self._is_open = _snapshot(self._watched), True
        self._events.clear()

    def escapes(self) -> list[str]:
        """Return what was noted so far."""
        noted = list(self._events)
        if self._log.exists():
            noted += self._log.read_text(encoding="utf8", errors="replace").splitlines()
        after = _snapshot(self._watched)
        noted += [f"changed {path}" for path in sorted({*self._before.items()} ^ {*after.items()})]
        for reader in psutil.Process().children():
            with contextlib.suppress(psutil.Error):
                if "emotion_core.sandbox" not in reader.cmdline():
                    continue
                noted += [f"process {child.name()}" for child in reader.children(recursive=True)]
        return noted

    def _note(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self._is_open:
            return
        if event == "socket.connect":
            address = arguments[1]
            if isinstance(address, tuple) and address[1] not in self._allowed_ports:
                self._events.append(f"this process connects to {address}")
        elif event == "subprocess.Popen" and "emotion_core.sandbox" not in str(arguments[1]):
            self._events.append(f"this process starts {arguments[1]}")
        elif event == "os.system":
            self._events.append(f"this process starts {arguments}")

    @contextlib.contextmanager
    def _listeners(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            self.port = tcp.getsockname()[1]
            udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            udp.bind(("127.0.0.1", self.port))

            def accept() -> None:
                with contextlib.suppress(OSError):
                    while True:
                        connection, address = tcp.accept()
                        connection.close()
                        self._events.append(f"a connection from {address}")

            def receive() -> None:
                with contextlib.suppress(OSError):
                    while True:
                        self._events.append(f"a packet from {udp.recvfrom(1)[1]}")

            for listen in (accept, receive):
                threading.Thread(target=listen, daemon=True).start()
            yield


def _snapshot(folders: list[Path]) -> dict[str, tuple[int, int]]:
    """Return size and time of each file in some folders."""
    files: dict[str, tuple[int, int]] = {}
    for folder in folders:
        for path, names, file_names in os.walk(folder):
            names[:] = [name for name in names if name not in _SKIPPED and not name.startswith(_OWN)]
            files |= {str(Path(path, name)): (0, 0) for name in names}
            for file in (Path(path, name) for name in file_names if not name.startswith(_OWN)):
                with contextlib.suppress(OSError):
                    stat = file.lstat()
                    files[str(file)] = stat.st_size, stat.st_mtime_ns
    return files


@contextlib.contextmanager
def _environment(**values: Path) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update({name: str(value) for name, value in values.items()})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _temporary_folder(folder: Path) -> Iterator[None]:
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
