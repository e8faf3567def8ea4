"""Where a run computes: here, or on a Dask cluster."""

from contextlib import contextmanager

import joblib


@contextmanager
def workers(options):
    """Run what is parallel on a Dask cluster, if one is named.

    Parameters
    ----------
    options : Namespace
        `scheduler`, an address or None.

    Yields
    ------
    None
        Nothing.
    """
    if options.scheduler is None:
        yield
        return
    try:
        from distributed import Client
    except ImportError:
        raise ImportError(
            "--scheduler needs dask: install it by pip install 'mefeat[dask]'."
        ) from None
    with Client(options.scheduler, set_as_default=False) as client:
        with joblib.parallel_config("dask", client=client):
            yield
