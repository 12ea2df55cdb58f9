"""Draws bars on a logarithmic scale, as SVG that is read on light and on dark
paper."""
import math
from xml.sax.saxutils import escape

WIDTH = 1000
LEFT = 430                  # where the bars begin
RIGHT = 130                 # room for the numbers
BAR = 16
STEP = 21
HEAD = 30                   # of a group

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #333; }
.title { font-size: 14px; font-weight: 600; }
.group { font-weight: 600; }
.number { fill: #555; }
.grid { stroke: #8884; stroke-width: 1; }
.floor { fill: #9aa4ad; }
.venvb { fill: #1a7f5a; }
.peer { fill: #c98a3a; }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd; }
  .number { fill: #bbb; }
  .floor { fill: #7d8790; }
  .venvb { fill: #3fb98a; }
  .peer { fill: #d9a25c; }
}
"""


def kind(name):
    if name.startswith(('bare', 'true')):
        return 'floor'
    return 'venvb' if name.startswith('venvb') else 'peer'


def time_text(ms):
    return f'{ms / 1000:.1f} s' if ms >= 1000 else f'{ms:.1f} ms' if ms < 10 else f'{ms:.0f} ms'


def text(x, y, words, css='', anchor='start'):
    return (f'<text x="{x:.1f}" y="{y:.1f}" class="{css}" text-anchor="{anchor}">'
            f'{escape(words)}</text>')


def grid(low, high, place, bottom):
    for power in range(low, high + 1):
        x = place(10 ** power)
        yield f'<line class="grid" x1="{x:.1f}" y1="40" x2="{x:.1f}" y2="{bottom}"/>'
        yield text(x, bottom + 16, time_text(10 ** power).replace('.0', ''), 'number', 'middle')


def bars_of(bars, y, place, start):
    for name, ms, ratio in bars:
        end = place(ms)
        yield text(LEFT - 8, y + BAR - 4, name, '', 'end')
        yield (f'<rect class="{kind(name)}" x="{start}" y="{y}" '
               f'width="{max(end - start, 1):.1f}" height="{BAR}" rx="2"/>')
        label = time_text(ms) + ('' if ratio in (None, 1) else f'  {ratio:.3g} ×')
        yield text(end + 6, y + BAR - 4, label, 'number')
        y += STEP


def svg(title, groups):
    """GROUPS: (title, [(name, milliseconds, ratio to venvb)])."""
    times = [ms for _, bars in groups for _, ms, _ in bars]
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    scale = (WIDTH - LEFT - RIGHT) / (high - low)
    bottom = 44 + sum(HEAD + STEP * len(bars) for _, bars in groups)

    def place(ms):
        return LEFT + (math.log10(ms) - low) * scale

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 46}" '
             f'width="{WIDTH}" height="{bottom + 46}" role="img">',
             f'<title>{escape(title)}</title><style>{STYLE}</style>', text(12, 22, title, 'title')]
    parts += grid(low, high, place, bottom)
    y = 44
    for name, bars in groups:
        parts.append(text(12, y + 18, name, 'group'))
        parts += bars_of(bars, y + HEAD - 4, place, LEFT)
        y += HEAD + STEP * len(bars)
    parts.append(text(12, bottom + 36, '×: times as long as venvb in the same row', 'number'))
    return '\n'.join(parts) + '\n</svg>\n'
