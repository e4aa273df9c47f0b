"""A libpurple peer of the "bonjour" protocol: what Pidgin, Finch and BitlBee are on a LAN.

As a module, `Purple` starts one on a host that has avahi and drives it. As a program, this file
*is* the peer: it loads libpurple without any window, reads commands from standard input and
writes what happens to standard output, one JSON object a line.
"""

import ctypes
import hashlib
import html
import itertools
import json
import os
import re
import subprocess
import sys
import time

import waiting
from waiting import Lines, until

# ------------------------------------------------------------------ the side that drives


class Purple:
    """A running peer. Its name is the user's, at the host's machine: `alice@alicebox`."""

    def __init__(self, host, user=None, port=5298, status="avail", text=None, picture=None, **names):
        self.host = host
        self.user = user or host.name
        self.name = "%s@%s" % (self.user, host.machine)
        self.folder = os.path.join(host.folder, "purple-" + hashlib.sha1(self.user.encode()).hexdigest()[:8])
        os.makedirs(self.folder, exist_ok=True)
        self._log = open(os.path.join(self.folder, "debug.log"), "ab")
        self.child = host.spawn(
            [sys.executable, os.path.abspath(__file__)],
            env={
                "HOME": self.folder,
                "G_SLICE": "always-malloc",
                "PYTHONDONTWRITEBYTECODE": "1",
                # The child is this very file, which also looks into the folder beside.
                "PYTHONPATH": os.path.dirname(os.path.abspath(waiting.__file__)),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        self.lines = Lines(self.child.stdout, self.name, "event")
        self._asked = itertools.count(1)
        setup = dict(user=self.user, port=port, folder=self.folder, picture=picture, **names)
        self._write(setup)
        self.lines.take("ready", 20)
        if (status, text) != ("avail", None):
            self.status(status, text)
        self.online()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # ---- roster

    def buddies(self):
        """Everybody it shows: dicts of name, alias, online, status, text, picture (a checksum)."""
        return self.ask("buddies")

    def buddy(self, name):
        """What it shows of one; None if it shows nobody online of that name."""
        found = [one for one in self.buddies() if one["name"] == name and one["online"]]
        return found[0] if found else None

    def wait_buddy(self, name, seconds=10, **fields):
        """Waits until it shows `name` online with these fields, such as status or text."""

        def shown():
            one = self.buddy(name)
            return one if one and all(one[key] == value for key, value in fields.items()) else None

        what = "%s shows %s with %s" % (self.name, name, fields)
        return until(shown, seconds, what, self.buddies)

    def wait_gone(self, name, seconds=10):
        until(lambda: not self.buddy(name), seconds, "%s drops %s" % (self.name, name), self.buddies)

    def buddy_picture(self, name):
        """The bytes of a buddy's picture, or None."""
        path = os.path.join(self.folder, "buddy-picture")
        if not self.ask("buddy_picture", name=name, path=path):
            return None
        with open(path, "rb") as file:
            return file.read()

    # ---- itself

    def online(self, seconds=15):
        self.lines.skip("signed-on")
        self.ask("online")
        return self.lines.take("signed-on", seconds)

    def offline(self):
        self.lines.skip("signed-off")
        self.ask("offline")
        return self.lines.take("signed-off", 10)

    def status(self, status, text=None):
        """As the wire calls it: avail, away or dnd."""
        self.ask("status", status=status, text=text)

    def picture(self, path):
        """Shows another picture; None shows none."""
        self.ask("picture", path=path)

    # ---- words

    def send(self, to, text):
        """Sends text as a person types it; markup characters stand for themselves."""
        self.ask("send", to=to, text=text)

    def send_all(self, to, texts):
        """Sends many, one after the other, without waiting for libpurple in between."""
        for text in texts:
            self._write(dict(id=next(self._asked), do="send", to=to, text=text))

    def wait_message(self, text=None, seconds=10, **fields):
        """The next message, with this plain text and these fields (sender) if given."""
        if text is not None:
            fields["text"] = text
        return self.lines.take("message", seconds, **fields)

    def messages(self, sender=None):
        """The plain text of everything it has shown as a message (of one sender), in order."""
        fields = {"sender": sender} if sender else {}
        return [item["text"] for item in self.lines.seen("message", **fields)]

    def close(self, name):
        """Closes the conversation, and so the stream."""
        return self.ask("close", name=name)

    # ---- files

    def send_file(self, to, path):
        self.ask("send_file", to=to, path=str(path))

    def accept(self, path):
        """Takes the file that was offered last."""
        return self.ask("accept", path=str(path))

    def deny(self):
        return self.ask("deny")

    # ---- process

    def stop(self):
        """Signs off and ends."""
        if self.child.poll() is None:
            try:
                self._write(dict(id=0, do="stop"))
                self.child.stdin.close()
            except OSError:
                pass
            try:
                self.child.wait(5)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self._log.close()

    def ask(self, do, **arguments):
        number = next(self._asked)
        self._write(dict(id=number, do=do, **arguments))
        answer = self.lines.take("answer", 20, id=number)
        if "error" in answer:
            raise AssertionError("%s: %s: %s" % (self.name, do, answer["error"]))
        return answer["value"]

    def _write(self, item):
        self.child.stdin.write(json.dumps(item).encode() + b"\n")
        self.child.stdin.flush()


# ------------------------------------------------------------------ the peer itself

POINTER, INT, UINT = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint
LONG, ULONG, SIZE, TEXT = ctypes.c_long, ctypes.c_ulong, ctypes.c_size_t, ctypes.c_char_p

# Functions used, as: result, arguments.
LIBPURPLE = {
    "purple_account_connect": (None, POINTER),
    "purple_account_disconnect": (None, POINTER),
    "purple_account_get_presence": (POINTER, POINTER),
    "purple_account_new": (POINTER, TEXT, TEXT),
    "purple_account_set_enabled": (None, POINTER, TEXT, INT),
    "purple_account_set_int": (None, POINTER, TEXT, INT),
    "purple_account_set_string": (None, POINTER, TEXT, TEXT),
    "purple_account_get_connection": (POINTER, POINTER),
    "purple_accounts_add": (None, POINTER),
    "purple_blist_get_handle": (POINTER,),
    "purple_blist_new": (POINTER,),
    "purple_buddy_get_alias": (POINTER, POINTER),
    "purple_buddy_get_icon": (POINTER, POINTER),
    "purple_buddy_get_name": (POINTER, POINTER),
    "purple_buddy_get_presence": (POINTER, POINTER),
    "purple_buddy_icon_get_checksum": (POINTER, POINTER),
    "purple_buddy_icon_get_data": (POINTER, POINTER, POINTER),
    "purple_buddy_icons_find": (POINTER, POINTER, TEXT),
    "purple_buddy_icons_set_account_icon": (POINTER, POINTER, POINTER, SIZE),
    "purple_connections_get_handle": (POINTER,),
    "purple_conv_im_send": (None, POINTER, TEXT),
    "purple_conversation_destroy": (None, POINTER),
    "purple_conversation_get_im_data": (POINTER, POINTER),
    "purple_conversation_new": (POINTER, INT, POINTER, TEXT),
    "purple_conversations_get_handle": (POINTER,),
    "purple_conversations_set_ui_ops": (None, POINTER),
    "purple_core_init": (INT, TEXT),
    "purple_core_quit": (None,),
    "purple_core_set_ui_ops": (None, POINTER),
    "purple_debug_set_ui_ops": (None, POINTER),
    "purple_eventloop_set_ui_ops": (None, POINTER),
    "purple_find_buddies": (POINTER, POINTER, TEXT),
    "purple_find_conversation_with_account": (POINTER, INT, TEXT, POINTER),
    "purple_prefs_load": (INT,),
    "purple_prefs_set_bool": (None, TEXT, INT),
    "purple_prefs_set_string": (None, TEXT, TEXT),
    "purple_presence_get_active_status": (POINTER, POINTER),
    "purple_presence_is_online": (INT, POINTER),
    "purple_presence_set_idle": (None, POINTER, INT, LONG),
    "purple_savedstatus_activate": (None, POINTER),
    "purple_savedstatus_new": (POINTER, TEXT, INT),
    "purple_set_blist": (None, POINTER),
    "purple_signal_connect": (ULONG, POINTER, TEXT, POINTER, POINTER, POINTER),
    "purple_status_get_attr_string": (POINTER, POINTER, TEXT),
    "purple_status_get_id": (POINTER, POINTER),
    "purple_util_set_user_dir": (None, TEXT),
    "purple_xfer_get_filename": (POINTER, POINTER),
    "purple_xfer_get_remote_user": (POINTER, POINTER),
    "purple_xfer_get_size": (SIZE, POINTER),
    "purple_xfer_request_accepted": (None, POINTER, TEXT),
    "purple_xfer_request_denied": (None, POINTER),
    "purple_xfers_get_handle": (POINTER,),
    "serv_send_file": (None, POINTER, TEXT, TEXT),
}
GLIB = {
    "g_main_loop_new": (POINTER, POINTER, INT),
    "g_main_loop_quit": (None, POINTER),
    "g_main_loop_run": (None, POINTER),
    "g_malloc": (POINTER, SIZE),
    "g_slist_free": (None, POINTER),
    "g_source_remove": (INT, UINT),
    "g_timeout_add": (UINT, UINT, POINTER, POINTER),
    "g_timeout_add_seconds": (UINT, UINT, POINTER, POINTER),
    "g_unix_fd_add_full": (UINT, INT, INT, INT, POINTER, POINTER, POINTER),
}

UI_NAME = b"lan-test"
IM = 1
STATUS_AVAILABLE = 2
INPUT_READ, INPUT_WRITE = 1, 2
G_IN, G_OUT, G_ERR, G_HUP, G_NVAL = 1, 4, 8, 16, 32
SHOWN_BY_SYSTEM = 0x004 | 0x200
TRANSFER_SIGNALS = (
    "file-recv-request", "file-recv-start", "file-recv-complete", "file-recv-cancel",
    "file-send-start", "file-send-complete", "file-send-cancel",
)


def load(library, table, mode=ctypes.DEFAULT_MODE):
    """The library with the types of the functions in `table` declared."""
    loaded = ctypes.CDLL(library, mode=mode)
    for name, (result, *arguments) in table.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    return loaded


def string(pointer):
    return ctypes.string_at(pointer).decode("utf-8", "replace") if pointer else None


def plain(markup):
    """What a window would show of libpurple's HTML."""
    return html.unescape(re.sub("<[^>]*>", "", re.sub(r"<br\s*/?>", "\n", markup or "")))


def table_of(*entries):
    """A C structure of function pointers, as libpurple's "UI ops" are."""
    return (POINTER * len(entries))(*[ctypes.cast(e, POINTER) if e else None for e in entries])


class Peer:
    """libpurple in this process, from its first call to its last."""

    def __init__(self, out):
        self.out = out
        self.kept = []  # what C code points to has to outlive this object's methods
        self.watches = {}
        self.buffer = b""
        self.offered = None
        self.glib = load("libglib-2.0.so.0", GLIB)
        # Its plugins look for its symbols.
        self.purple = load("libpurple.so.0", LIBPURPLE, ctypes.RTLD_GLOBAL)

    def tell(self, event, **fields):
        self.out.write(json.dumps(dict(event=event, **fields)).encode() + b"\n")
        self.out.flush()

    def callback(self, result, *arguments):
        def keep(function):
            made = ctypes.CFUNCTYPE(result, *arguments)(function)
            self.kept.append(made)
            return made

        return keep

    # ---- starting

    def run(self):
        setup = json.loads(self.first_line())
        self.install_hooks(setup["folder"])
        if not self.purple.purple_core_init(UI_NAME):
            raise SystemExit("libpurple does not start")
        self.purple.purple_set_blist(self.purple.purple_blist_new())
        self.purple.purple_prefs_load()
        # The status is what the test says, however long nobody types.
        self.purple.purple_prefs_set_bool(b"/purple/away/away_when_idle", 0)
        self.purple.purple_prefs_set_string(b"/purple/away/idle_reporting", b"none")
        self.listen_to_signals()
        self.account = self.purple.purple_account_new(setup["user"].encode(), b"prpl-bonjour")
        self.purple.purple_accounts_add(self.account)
        self.purple.purple_account_set_int(self.account, b"port", setup["port"])
        for key in ("first", "last", "email", "jid", "AIM"):
            if setup.get(key):
                value = setup[key].encode()
                self.purple.purple_account_set_string(self.account, key.encode(), value)
        if setup.get("picture"):
            self.do_picture(setup["picture"])
        self.watch_commands()
        self.tell("ready")
        self.loop = self.glib.g_main_loop_new(None, 0)
        self.glib.g_main_loop_run(self.loop)
        self.purple.purple_core_quit()

    def first_line(self):
        while b"\n" not in self.buffer:
            more = os.read(0, 65536)
            if not more:
                raise SystemExit("no setup on standard input")
            self.buffer += more
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line

    def install_hooks(self, folder):
        @self.callback(UINT, INT, INT, POINTER, POINTER)
        def input_add(descriptor, wanted, function, data):
            return self.watch(descriptor, wanted, function, data)

        @self.callback(None, INT, TEXT, TEXT)
        def debug_print(_level, category, text):
            line = b"%.3f %s: %s" % (time.time(), category or b"", text or b"\n")
            sys.stderr.buffer.write(line)
            sys.stderr.buffer.flush()

        @self.callback(INT, INT, TEXT)
        def debug_wanted(_level, _category):
            return 1

        @self.callback(None, POINTER, POINTER, POINTER, POINTER, INT, LONG)
        def write_conversation(_conversation, who, _alias, text, flags, _time):
            if flags & SHOWN_BY_SYSTEM:
                self.tell("notice", about=string(who), text=string(text))

        windows = table_of(*[None] * 4, write_conversation, *[None] * 14)

        @self.callback(None)
        def ui_init():
            self.purple.purple_conversations_set_ui_ops(windows)

        glib = self.glib
        loop = table_of(
            glib.g_timeout_add, glib.g_source_remove, input_add, glib.g_source_remove, None,
            glib.g_timeout_add_seconds, None, None, None,
        )
        debug = table_of(debug_print, debug_wanted, *[None] * 4)
        core = table_of(None, None, ui_init, *[None] * 5)
        self.kept += [windows, loop, debug, core]
        self.purple.purple_util_set_user_dir(os.path.join(folder, "home").encode())
        self.purple.purple_debug_set_ui_ops(debug)
        self.purple.purple_core_set_ui_ops(core)
        self.purple.purple_eventloop_set_ui_ops(loop)

    def watch(self, descriptor, wanted, function, data):
        """libpurple's kind of watch on a descriptor, made of GLib's kind."""
        call = ctypes.CFUNCTYPE(None, POINTER, INT, INT)(function)
        bad = G_ERR | G_HUP
        masks = {INPUT_READ: G_IN | bad, INPUT_WRITE: G_OUT | bad | G_NVAL}
        masks = {bit: mask for bit, mask in masks.items() if wanted & bit}
        glib_mask = 0
        for mask in masks.values():
            glib_mask |= mask

        def ready(_descriptor, happened, _data):
            told = sum(bit for bit, mask in masks.items() if happened & mask)
            call(data, descriptor, told)
            return 1

        hook = ctypes.CFUNCTYPE(INT, INT, INT, POINTER)(ready)
        number = self.glib.g_unix_fd_add_full(0, descriptor, glib_mask, hook, None, None)
        # Never given up: a watch may be removed while its own callback runs.
        self.watches[number] = (hook, call)
        return number

    # ---- what happens

    def listen_to_signals(self):
        marker = ctypes.c_int(0)
        self.kept.append(marker)
        purple = self.purple

        def on(handle, name, *arguments):
            def connect(function):
                hook = self.callback(None, *arguments, POINTER)(function)
                place, pointer = ctypes.addressof(marker), ctypes.cast(hook, POINTER)
                purple.purple_signal_connect(handle, name.encode(), place, pointer, None)
                return hook

            return connect

        connections = purple.purple_connections_get_handle()
        conversations = purple.purple_conversations_get_handle()

        @on(connections, "signed-on", POINTER)
        def _signed_on(_connection, _):
            self.tell("signed-on")

        @on(connections, "signed-off", POINTER)
        def _signed_off(_connection, _):
            self.tell("signed-off")

        @on(connections, "connection-error", POINTER, INT, TEXT)
        def _error(_connection, _reason, text, _):
            self.tell("failed", text=(text or b"").decode("utf-8", "replace"))

        @on(conversations, "received-im-msg", POINTER, POINTER, POINTER, POINTER, INT)
        def _message(_account, sender, markup, _conversation, _flags, _):
            text = string(markup)
            self.tell("message", sender=string(sender), markup=text, text=plain(text))

        for name in TRANSFER_SIGNALS:

            @on(purple.purple_xfers_get_handle(), name, POINTER)
            def _transfer(transfer, _, name=name):
                if name == "file-recv-request":
                    self.offered = transfer
                self.tell(
                    name,
                    who=string(purple.purple_xfer_get_remote_user(transfer)),
                    file=string(purple.purple_xfer_get_filename(transfer)),
                    size=purple.purple_xfer_get_size(transfer),
                )

    # ---- what is asked

    def watch_commands(self):
        @self.callback(INT, INT, INT, POINTER)
        def readable(_descriptor, _condition, _data):
            more = os.read(0, 65536)
            self.buffer += more
            while b"\n" in self.buffer:
                line, self.buffer = self.buffer.split(b"\n", 1)
                self.obey(json.loads(line))
            if not more:
                self.glib.g_main_loop_quit(self.loop)
            return 1 if more else 0

        self.glib.g_unix_fd_add_full(0, 0, G_IN | G_HUP, readable, None, None)

    def obey(self, command):
        number, do = command.pop("id"), command.pop("do")
        try:
            self.tell("answer", id=number, value=getattr(self, "do_" + do)(**command))
        except Exception as error:  # the driving side shows it
            self.tell("answer", id=number, error=repr(error))

    def do_online(self):
        self.purple.purple_account_set_enabled(self.account, UI_NAME, 1)
        if not getattr(self, "status_chosen", False):
            self.status_chosen = True
            chosen = self.purple.purple_savedstatus_new(None, STATUS_AVAILABLE)
            self.purple.purple_savedstatus_activate(chosen)
        if not self.purple.purple_account_get_connection(self.account):
            self.purple.purple_account_connect(self.account)

    def do_offline(self):
        self.purple.purple_account_disconnect(self.account)

    def do_stop(self):
        self.purple.purple_account_disconnect(self.account)
        self.glib.g_main_loop_quit(self.loop)

    def do_status(self, status, text):
        # It publishes `away` for somebody idle, and `dnd` for what its windows call "away".
        self.status_chosen = True
        presence = self.purple.purple_account_get_presence(self.account)
        self.purple.purple_presence_set_idle(presence, int(status == "away"), int(time.time()))
        kind = b"available" if status == "avail" else b"away"
        words = [POINTER(self.account), kind, 1]
        words += [b"message", (text or "").encode(), None]
        self.purple.purple_account_set_status(*words)

    def do_buddies(self):
        purple, found = self.purple, []
        head = node = purple.purple_find_buddies(self.account, None)
        while node:
            buddy, node = (ctypes.cast(node, ctypes.POINTER(POINTER))[i] for i in (0, 1))
            presence = purple.purple_buddy_get_presence(buddy)
            status = purple.purple_presence_get_active_status(presence)
            picture = purple.purple_buddy_get_icon(buddy)
            found.append(
                dict(
                    name=string(purple.purple_buddy_get_name(buddy)),
                    alias=string(purple.purple_buddy_get_alias(buddy)),
                    online=bool(purple.purple_presence_is_online(presence)),
                    status=string(purple.purple_status_get_id(status)),
                    text=string(purple.purple_status_get_attr_string(status, b"message")),
                    picture=picture and string(purple.purple_buddy_icon_get_checksum(picture)),
                )
            )
        self.glib.g_slist_free(head)
        return found

    def do_picture(self, path):
        data, size = None, 0
        if path:
            with open(path, "rb") as file:
                content = file.read()
            size = len(content)
            data = self.glib.g_malloc(size)
            ctypes.memmove(data, content, size)
        self.purple.purple_buddy_icons_set_account_icon(self.account, data, size)

    def do_buddy_picture(self, name, path):
        picture = self.purple.purple_buddy_icons_find(self.account, name.encode())
        if not picture:
            return False
        size = SIZE()
        data = self.purple.purple_buddy_icon_get_data(picture, ctypes.byref(size))
        with open(path, "wb") as file:
            file.write(ctypes.string_at(data, size.value))
        return True

    def conversation(self, name):
        return self.purple.purple_find_conversation_with_account(IM, name.encode(), self.account)

    def do_send(self, to, text):
        conversation = self.conversation(to)
        if not conversation:
            conversation = self.purple.purple_conversation_new(IM, self.account, to.encode())
        talk = self.purple.purple_conversation_get_im_data(conversation)
        markup = html.escape(text, quote=False).replace("\n", "<br>")
        self.purple.purple_conv_im_send(talk, markup.encode())

    def do_close(self, name):
        conversation = self.conversation(name)
        if conversation:
            self.purple.purple_conversation_destroy(conversation)
        return bool(conversation)

    def do_send_file(self, to, path):
        connection = self.purple.purple_account_get_connection(self.account)
        self.purple.serv_send_file(connection, to.encode(), path.encode())

    def do_accept(self, path):
        transfer, self.offered = self.offered, None
        if transfer:
            self.purple.purple_xfer_request_accepted(transfer, path.encode())
        return bool(transfer)

    def do_deny(self):
        transfer, self.offered = self.offered, None
        if transfer:
            self.purple.purple_xfer_request_denied(transfer)
        return bool(transfer)


if __name__ == "__main__":
    # Whatever the library prints must not get between the lines.
    events = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    Peer(events).run()
