"""Folds on a Dask cluster: what workers are given, and which folds several share."""

import warnings
from contextlib import nullcontext

import joblib
from joblib.parallel import get_active_backend


class SturdyClient:
    """A client of Dask as joblib uses it, for workers that may die.

    joblib scatters large arguments, which are then gone with the worker that holds
    them, and all tasks that need them fail. Here they are results of tasks, which the
    cluster makes again.

    Parameters
    ----------
    client : distributed.Client
        The client.
    """

    def __init__(self, client):
        self._client = client

    def __getattr__(self, name):
        return getattr(self._client, name)

    async def scatter(self, data, **options):
        """Give the workers a large argument.

        Parameters
        ----------
        data : object
            The argument.
        **options
            Ignored.

        Returns
        -------
        Future
            It, on the cluster.
        """
        return everywhere(data, self._client)


def active_client():
    """Get the client of the Dask cluster that joblib runs on.

    Returns
    -------
    Client or None
        The client, None if joblib runs on this machine.

    Examples
    --------
    >>> active_client() is None
    True
    """
    return getattr(get_active_backend()[0], "client", None)


def everywhere(value, client):
    """Give a cluster a value, once for all tasks.

    Parameters
    ----------
    value : object
        The value.
    client : Client or None
        Client of the cluster.

    Returns
    -------
    Future or object
        The value on the cluster, as the result of a task: when its worker is lost,
        another makes it again. Without a cluster the value itself.

    Examples
    --------
    >>> everywhere("the same", None)
    'the same'
    """
    if client is None:
        return value
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sending large graph")
        return client.submit(_itself, value, pure=False)


def here(value):
    """Get what `everywhere` gave, where a task runs.

    Parameters
    ----------
    value : Future or object
        The value. A future arrives as what it stands for, unless joblib found a single
        core on the cluster, and so runs the task here.

    Returns
    -------
    object
        The value itself.

    Examples
    --------
    >>> here("the same")
    'the same'
    """
    return value.result() if hasattr(value, "result") else value


def count_whole(n_folds, n_workers):
    """Tell how many folds fill a cluster; of the rest, each is shared by all workers.

    Parameters
    ----------
    n_folds : int
        Number of folds.
    n_workers : int
        Number of workers.

    Returns
    -------
    int
        The largest multiple of the number of workers.

    Examples
    --------
    >>> count_whole(n_folds=26, n_workers=8), count_whole(n_folds=3, n_workers=8)
    (24, 0)
    """
    return n_folds - n_folds % n_workers


def has_one_thread():
    """Tell whether this is a worker of a Dask cluster that has one task at a time.

    Returns
    -------
    bool
        False on this machine, and for workers of several threads.

    Examples
    --------
    >>> has_one_thread()
    False
    """
    if active_client() is None:
        return False
    from distributed import get_worker

    try:
        return get_worker().state.nthreads == 1
    except ValueError:  # not in a worker
        return False


def within(shared_out):
    """Say what a fold that runs on a cluster may make tasks of.

    Parameters
    ----------
    shared_out : bool
        Whether all workers share this fold: what it runs in parallel, such as the
        points of its grid, then are tasks as well. Else it runs on its worker alone.

    Returns
    -------
    context manager
        In which to run the fold. On this machine it changes nothing.
    """
    client = active_client()
    if client is None:
        return nullcontext()
    if not shared_out:
        return joblib.parallel_config(backend="sequential")
    # While it waits for its tasks, joblib lends its place on the worker to others.
    return joblib.parallel_config("dask", client=SturdyClient(client))


def _itself(value):
    return value
