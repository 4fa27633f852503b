"""Workers on other computers: a Dask cluster as an executor, its workers known to be fit before any photo is done."""

from __future__ import annotations

import os
import re
import secrets
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Executor, Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from ..errors import PhotoguardError, StoreError, UsageError, WorkersError
from ..store import Place
from . import build, worker
from .files import sha256_of, write_whole

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as Asked

_P = ParamSpec("_P")
_T = TypeVar("_T")

_ADDRESS = re.compile(r"(tcp|tls)://[^/\s]+:\d{1,5}")
_CONNECT_SECONDS = 10
_WORKER_SECONDS = 30
"""How long to wait for a first worker."""
_ANSWER_SECONDS = 300
"""How long for an answer: a worker may be busy with another run's photo, and loads its models first."""


class Cluster(Executor):
    """The workers of a Dask scheduler: an executor for `clean_folder`.

    Every computer reads the photos and writes the outputs itself, on a path that all of them share or in a store; only
    paths, policies and outcomes go through Dask.
    """

    def __init__(self, address: str) -> None:
        """Connect to the scheduler at `address`, `tcp://HOST:PORT` or `tls://HOST:PORT`.

        Certificates are taken from Dask's own configuration. Raises UsageError for another kind of address
        (CLUSTER_ADDRESS) and where there are none for tls (CLUSTER_CERTIFICATES). Raises WorkersError where Dask is
        not installed (CLUSTER_MISSING), CLUSTER_UNREACHABLE, where no worker comes (CLUSTER_EMPTY), and where a
        worker or the scheduler has another photoguard, models or Python than this process (WORKERS_DIFFER).
        """
        self._client = _connect(address)
        try:
            self._admit()
        except BaseException:
            self.shutdown()
            raise

    def _admit(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=_WORKER_SECONDS)
        except TimeoutError:
            raise WorkersError(
                "CLUSTER_EMPTY", "The cluster has no workers. Start one, then try again."
            ) from None
        ours = build.here()
        try:
            # The scheduler reads what it passes on.
            builds = [self._client.run_on_scheduler(build.here), *self._everywhere(build.here)]
        except (ImportError, AttributeError, TypeError):
            raise _differ("photoguard") from None
        different = {name for theirs in builds for name in ours.differs(theirs)}
        if different:
            raise _differ(", ".join(sorted(different)))

    def prepare(self, staging: Place, samples: Mapping[Place, str | None]) -> None:
        """Make sure that every worker sees the folders of a run as this process does, and have them load the models.

        `samples` are photos with their SHA-256, one of each INPUT; `staging` is where outputs wait.
        Raises WorkersError (WORKERS_FOLDER), ModelError.
        """
        mark = staging / "mark"
        try:
            write_whole(mark, secrets.token_bytes())
            known = {mark.absolute(): sha256_of(mark)} | dict(samples)
            for written in self._everywhere(worker.sees, staging.absolute(), known):
                if written is None:
                    raise OSError
                if isinstance(written, Path):
                    os.utime(written, (0, 0))  # only a file's owner may: outputs are given one time
                written.unlink()
        except OSError:
            raise WorkersError(
                "WORKERS_FOLDER",
                "A worker does not have the photos or the output folder under the same path, or may not use them."
                " Put both where all computers see them alike, as one user; give each the settings for a store.",
            ) from None
        finally:
            with suppress(OSError, StoreError):  # whatever waits there is cleared away at the end
                mark.unlink(missing_ok=True)
        self._everywhere(worker.warm)

    def width(self) -> int:
        """How many photos the workers do at once, now."""
        try:
            return sum(self._client.nthreads().values())
        except Exception:  # whatever it was, the scheduler gives no answer
            raise lost() from None

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Have `fn` called by a worker. A worker that dies is replaced by another one, four times."""
        try:
            asked = self._client.submit(fn, *args, pure=False, **kwargs)
        except Exception:
            raise lost() from None
        answer: Future[_T] = Future()

        def pass_on(asked: Asked[_T]) -> None:
            if not answer.set_running_or_notify_cancel():
                return
            try:
                answer.set_result(asked.result())
            except CancelledError:
                answer.set_exception(lost())
            except BaseException as error:
                answer.set_exception(error if self._client.status == "running" else lost())

        asked.add_done_callback(pass_on)
        answer.add_done_callback(lambda answer: asked.release())
        return answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let go of the scheduler. It and its workers stay for the next run."""
        self._client.close(timeout=_CONNECT_SECONDS if wait else 0)

    def _everywhere(self, fn: Callable[..., _T], *args: Any) -> list[_T]:
        """The answers of all workers that are there."""
        try:
            asked = [
                self._client.submit(fn, *args, workers=[place], pure=False, priority=1)
                for place in self._client.nthreads()
            ]
            return [one.result(_ANSWER_SECONDS) for one in asked]
        except (PhotoguardError, ImportError, AttributeError, TypeError):
            raise
        except Exception:
            raise lost() from None


def lost() -> WorkersError:
    """No more results come: what is finished is kept."""
    return WorkersError(
        "WORKERS_LOST", "The workers can't be reached any more. The same command goes on when they are back."
    )


def _differ(what: str) -> WorkersError:
    return WorkersError(
        "WORKERS_DIFFER",
        f"The scheduler or a worker is not the same as this computer ({what})."
        " Install one photoguard on all of them.",
    )


def _connect(address: str) -> Client:
    if not _ADDRESS.fullmatch(address):
        raise UsageError("CLUSTER_ADDRESS", "The cluster's address is tcp://HOST:PORT or tls://HOST:PORT.")
    try:
        import dask.config
    except ImportError:
        raise WorkersError(
            "CLUSTER_MISSING", "A cluster needs one more package: pip install 'photoguard[cluster]'."
        ) from None
    if "PHOTOGUARD_DEBUG" not in os.environ and dask.config.get("logging", None) is None:
        # What goes wrong is told once, and by us. Dask reads this when it is loaded.
        quiet = dict.fromkeys(("distributed", "distributed.client", "tornado.application"), "critical")
        dask.config.set(logging=quiet)
    from distributed import Client, Security

    security = Security()
    try:
        certified = security.get_connection_args("client").get("ssl_context") is not None
    except (OSError, ValueError):  # files that are not there, or no certificates
        certified = False
    encrypted = address.startswith("tls")
    if (encrypted and not certified) or (security.require_encryption and not encrypted):
        raise UsageError(
            "CLUSTER_CERTIFICATES",
            "tls:// needs certificates that Dask's configuration names, and where it asks for encryption only tls://"
            " will do.",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about versions, which are compared more strictly in a moment
            return Client(address, timeout=_CONNECT_SECONDS, security=security, set_as_default=False)
    except Exception:  # names that can't be resolved, refused connections, certificates that do not fit
        raise WorkersError(
            "CLUSTER_UNREACHABLE",
            "The cluster's scheduler can't be reached. Check its address and that it runs.",
        ) from None
