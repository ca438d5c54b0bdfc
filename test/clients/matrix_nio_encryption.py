"""End-to-end encryption in matrix-nio with libolm: verifying, talking, being away, files, and a stranger's client.

Usage: matrix_nio_encryption.py HOMESERVER_URL SUFFIX PEER. The peer is a user with another client, who joins where they
are invited, and answers "to nio" to "from nio". Prints one JSON line of what was read; exits with 1 where something failed.
"""

import asyncio
import io
import json
import sys
import tempfile

from nio import (
    AsyncClient,
    AsyncClientConfig,
    EnableEncryptionBuilder,
    JoinResponse,
    KeyVerificationEvent,
    KeyVerificationKey,
    KeyVerificationStart,
    RegisterResponse,
    RoomCreateResponse,
    RoomEncryptedFile,
    RoomMessageText,
    RoomSendResponse,
    SyncResponse,
    UploadResponse,
)
from nio.crypto.attachments import decrypt_attachment


def expect(response, kind):
    if not isinstance(response, kind):
        raise SystemExit(f"expected {kind.__name__}, got {response}")
    return response


class Device:
    """A client that keeps its keys in a folder, and syncs in the background while it is awake."""

    def __init__(self, homeserver, folder, client=None):
        self.homeserver, self.folder = homeserver, folder
        self.client = client or self.new_client("nobody")
        self.read, self.files, self.emoji = [], [], []
        self.progress = asyncio.Event()
        self.listen()

    def new_client(self, user):
        config = AsyncClientConfig(encryption_enabled=True, store_sync_tokens=True)
        return AsyncClient(self.homeserver, user, store_path=self.folder, config=config)

    def listen(self):
        self.client.add_event_callback(self.hear, RoomMessageText)
        self.client.add_event_callback(lambda _, event: self.files.append(event), RoomEncryptedFile)
        self.client.add_to_device_callback(self.verify, KeyVerificationEvent)

    def hear(self, _, event):
        if event.sender != self.client.user_id:
            self.read.append((event.body, event.decrypted, event.verified))

    async def verify(self, event):
        """Accepts what others begin, and says yes to every emoji, which the script compares in the end."""
        if isinstance(event, KeyVerificationStart):
            await self.client.accept_key_verification(event.transaction_id)
        elif isinstance(event, KeyVerificationKey):
            self.emoji = self.client.key_verifications[event.transaction_id].get_emoji()
            await self.client.send_to_device_messages()
            await self.client.confirm_short_auth_string(event.transaction_id)

    async def step(self, timeout):
        expect(await self.client.sync(timeout=timeout), SyncResponse)
        await self.client.send_to_device_messages()
        if self.client.should_upload_keys:
            await self.client.keys_upload()
        if self.client.should_query_keys:
            await self.client.keys_query()
        if self.client.should_claim_keys:
            await self.client.keys_claim(self.client.get_users_for_key_claiming())
        self.progress.set()

    async def live(self):
        while True:
            await self.step(20000)

    async def wake(self):
        await self.step(0)
        self.syncing = asyncio.create_task(self.live())

    async def sleep(self):
        self.syncing.cancel()
        await asyncio.gather(self.syncing, return_exceptions=True)

    async def restart(self):
        """As a program that ends and starts again, with what it kept in its folder."""
        old = self.client
        await old.close()
        self.client = self.new_client(old.user_id)
        self.client.restore_login(old.user_id, old.device_id, old.access_token)
        self.listen()

    async def until(self, what, condition):
        while not condition():
            self.progress.clear()
            try:
                await asyncio.wait_for(self.progress.wait(), 60)
            except asyncio.TimeoutError:
                raise SystemExit(f"{self.client.user_id} waited in vain until {what}")
            if self.syncing.done():
                self.syncing.result()

    async def say(self, room_id, text, **options):
        content = {"msgtype": "m.text", "body": text}
        expect(await self.client.room_send(room_id, "m.room.message", content, **options), RoomSendResponse)

    async def has_read(self, text):
        await self.until(f"reading {text!r}", lambda: any(body == text for body, _, _ in self.read))


async def new_device(homeserver, name, folder):
    device = Device(homeserver, folder)
    expect(await device.client.register(name, "correct horse battery"), RegisterResponse)
    await device.wake()
    return device


async def encrypted_room(owner, *others):
    builder = EnableEncryptionBuilder().as_dict()
    created = await owner.client.room_create(invite=others, initial_state=[builder])
    room_id = expect(created, RoomCreateResponse).room_id
    await owner.until("the room is there", lambda: room_id in owner.client.rooms)
    return room_id


async def joined_by(device, room_id, user_id):
    def in_room():
        room = device.client.rooms.get(room_id)
        return room is not None and user_id in room.users and user_id not in room.invited_users

    def knows_devices():
        return any(True for _ in device.client.device_store.active_user_devices(user_id))

    await device.until(f"{user_id} joins", in_room)
    await device.until(f"{user_id} has devices", knows_devices)


async def main(homeserver, suffix, peer):
    folders = tempfile.TemporaryDirectory(), tempfile.TemporaryDirectory()
    dana = await new_device(homeserver, f"olm-dana-{suffix}", folders[0].name)
    omar = await new_device(homeserver, f"olm-omar-{suffix}", folders[1].name)
    dana_id, omar_id = dana.client.user_id, omar.client.user_id
    room_id = await encrypted_room(dana, omar_id)
    expect(await omar.client.join(room_id), JoinResponse)
    await joined_by(dana, room_id, omar_id)
    await joined_by(omar, room_id, dana_id)

    other = dana.client.device_store[omar_id][omar.client.device_id]
    mine = omar.client.device_store[dana_id][dana.client.device_id]
    await dana.client.start_key_verification(other)
    await dana.until("it trusts the other device", lambda: other.verified)
    await omar.until("it trusts the other device", lambda: mine.verified)

    await dana.say(room_id, "a secret")
    await omar.has_read("a secret")
    await omar.say(room_id, "its answer")
    await dana.has_read("its answer")

    await omar.sleep()
    await dana.say(room_id, "said while away")
    await omar.restart()
    await omar.wake()
    await omar.has_read("said while away")

    plain = b"for two pairs of eyes " * 500
    sent, keys = await dana.client.upload(
        lambda *_: io.BytesIO(plain), "text/plain", "eyes.txt", encrypt=True, filesize=len(plain))
    expect(sent, UploadResponse)
    file = {"msgtype": "m.file", "body": "eyes.txt", "file": {**keys, "url": sent.content_uri}}
    expect(await dana.client.room_send(room_id, "m.room.message", file), RoomSendResponse)
    await omar.until("the file arrives", lambda: omar.files)
    got = omar.files[0]
    # This version of matrix-nio asks only for media without a token, which servers refuse since v1.11.
    path = f"/_matrix/client/v1/media/download/{got.url.removeprefix('mxc://')}"
    answer = await omar.client.send("GET", path, headers={"Authorization": f"Bearer {omar.client.access_token}"})
    stored = await answer.read()
    opened = decrypt_attachment(stored, got.key["k"], got.hashes["sha256"], got.iv)

    strange_room = await encrypted_room(dana, peer)
    await joined_by(dana, strange_room, peer)
    await dana.say(strange_room, "from nio", ignore_unverified_devices=True)
    await dana.has_read("to nio")

    for device in (dana, omar):
        await device.sleep()
        await device.client.close()
    print(json.dumps({
        "dana": dana.read, "omar": omar.read, "emoji": len(dana.emoji), "sameEmoji": dana.emoji == omar.emoji,
        "storedInClear": plain in stored, "opened": opened == plain,
    }))


asyncio.run(main(*sys.argv[1:]))
