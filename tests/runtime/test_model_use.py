from runtime.model_use import ModelUse


class Moving:
    """A session that was made aside: it serves from the CPU until it moves."""

    device = placement = "cpu"

    def run(self, *_):
        return []


class Shelf:
    def __init__(self, session):
        self._session = session

    def session(self, _, *, device, several):
        return self._session


def test_the_devices_of_a_node_are_those_of_now():
    session = Moving()
    use = ModelUse(Shelf(session))
    assert use.where == "cpu"
    use.session("facemesh")
    assert (use.where, use.names) == ("cpu", {"facemesh"})
    session.device = "coreml:ane"
    assert use.where == "coreml:ane"
