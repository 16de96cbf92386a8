"""The window adapts: heavy ranges halve it, light ones double it, trouble quarters it."""

from node.indexer.window import LARGEST, Window


class TestWindow:
    def test_heavy_range__halves_it_down_to_one_block(self):
        window = Window(size=4, target_events=10)
        for _ in range(5):
            window.learn(100)
        assert window.size == 1

    def test_light_ranges__double_it_up_to_the_bound(self):
        window = Window(size=1)
        for _ in range(20):
            window.learn(0)
        assert window.size == LARGEST

    def test_trouble__asks_for_a_quarter(self):
        window = Window(size=64)
        window.shrink()
        assert window.size == 16
