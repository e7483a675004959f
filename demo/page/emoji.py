"""Emoji by the names Slack gives them."""

import re
from typing import Final

_NAMES: Final = """
+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok_hand 👌 wave 👋 clap 👏 raised_hands 🙌 pray 🙏 muscle 💪
point_right 👉 point_left 👈 point_up ☝️ point_down 👇 eyes 👀 brain 🧠 robot_face 🤖 smile 😄
smiley 😃 grinning 😀 grin 😁 joy 😂 wink 😉 blush 😊 slightly_smiling_face 🙂 thinking_face 🤔
neutral_face 😐 confused 😕 cry 😢 sob 😭 sweat_smile 😅 sunglasses 😎 tada 🎉 heart ❤️
broken_heart 💔 fire 🔥 sparkles ✨ star ⭐ star2 🌟 zap ⚡ boom 💥 100 💯 rocket 🚀 train 🚋
train2 🚆 steam_locomotive 🚂 bullettrain_side 🚄 station 🚉 railway_car 🚃 railway_track 🛤️
vertical_traffic_light 🚦 traffic_light 🚥 construction 🚧 white_check_mark ✅
heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ negative_squared_cross_mark ❎
warning ⚠️ no_entry ⛔ no_entry_sign 🚫 octagonal_sign 🛑 stop_sign 🛑 rotating_light 🚨
exclamation ❗ question ❓ grey_question ❔ grey_exclamation ❕ bangbang ‼️
information_source ℹ️ bulb 💡 bell 🔔 no_bell 🔕 mag 🔍 mag_right 🔎 lock 🔒 unlock 🔓 key 🔑
closed_lock_with_key 🔐 shield 🛡️ gear ⚙️ wrench 🔧 hammer 🔨 hammer_and_wrench 🛠️
toolbox 🧰 nut_and_bolt 🔩 link 🔗 paperclip 📎 pushpin 📌 round_pushpin 📍 memo 📝 pencil ✏️
pencil2 ✏️ clipboard 📋 page_facing_up 📄 scroll 📜 books 📚 book 📖 file_folder 📁
open_file_folder 📂 card_index_dividers 🗂️ card_file_box 🗃️ wastebasket 🗑️ package 📦
inbox_tray 📥 outbox_tray 📤 email 📧 envelope ✉️ speech_balloon 💬 mega 📣 loudspeaker 📢
bar_chart 📊 chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 trophy 🏆 medal 🏅
sports_medal 🏅 first_place_medal 🥇 second_place_medal 🥈 third_place_medal 🥉 crown 👑
dart 🎯 game_die 🎲 checkered_flag 🏁 triangular_flag_on_post 🚩 test_tube 🧪 microscope 🔬
telescope 🔭 abacus 🧮 computer 💻 desktop_computer 🖥️ floppy_disk 💾 cd 💿 electric_plug 🔌
battery 🔋 satellite 🛰️ cloud ☁️ globe_with_meridians 🌐 hourglass ⌛
hourglass_flowing_sand ⏳ stopwatch ⏱️ timer_clock ⏲️ alarm_clock ⏰ clock1 🕐 clock3 🕒
clock9 🕘 watch ⌚ calendar 📅 date 📅 spiral_calendar_pad 🗓️ arrow_right ➡️ arrow_left ⬅️
arrow_up ⬆️ arrow_down ⬇️ arrow_upper_right ↗️ arrow_lower_right ↘️
arrows_counterclockwise 🔄 repeat 🔁 rewind ⏪ fast_forward ⏩ arrow_forward ▶️
double_vertical_bar ⏸️ black_square_for_stop ⏹️ leftwards_arrow_with_hook ↩️
large_blue_circle 🔵 red_circle 🔴 large_green_circle 🟢 large_yellow_circle 🟡
large_orange_circle 🟠 large_purple_circle 🟣 white_circle ⚪ black_circle ⚫
large_green_square 🟩 large_red_square 🟥 large_yellow_square 🟨 white_large_square ⬜
black_large_square ⬛ small_blue_diamond 🔹 small_orange_diamond 🔸 heavy_plus_sign ➕
heavy_minus_sign ➖ heavy_multiplication_x ✖️ seedling 🌱 evergreen_tree 🌲 bug 🐛 snail 🐌
turtle 🐢 rabbit2 🐇 coffee ☕ pizza 🍕 cake 🍰 beers 🍻 moneybag 💰 dollar 💵 raised_hand ✋
hand ✋ shrug 🤷 runner 🏃 running 🏃 man-shrugging 🤷‍♂️ ghost 👻 skull 💀 new 🆕 ok 🆗 sos 🆘
free 🆓 up 🆙 one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ zzz 💤 dash 💨 recycle ♻️
"""  # noqa: RUF001 - signs that look like letters are what this table is about

_WORDS: Final = _NAMES.split()
SHORTCODES: Final[dict[str, str]] = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))
SHORTCODE: Final = re.compile(r":([a-z0-9_+\-']+)(?:::skin-tone-[2-6])?:")


def glyph(name: str) -> str:
    """The emoji called `name`, or `:name:` when this page does not know it."""
    return SHORTCODES.get(name.partition("::")[0], f":{name}:")


def with_emoji(text: str) -> str:
    """`text` with every known `:name:` replaced by its emoji; unknown ones stay as written."""
    return SHORTCODE.sub(lambda found: SHORTCODES.get(found.group(1), found.group(0)), text)
