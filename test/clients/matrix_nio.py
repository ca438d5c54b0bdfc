"""A whole conversation in matrix-nio, a client that nobody here wrote: two people register, meet, talk and sync.

Usage: matrix_nio.py HOMESERVER_URL SUFFIX. Prints one JSON line of what each side saw; exits with 1 where something failed.
"""

import asyncio
import json
import sys

from nio import (
    AsyncClient,
    JoinResponse,
    LoginResponse,
    RegisterResponse,
    RoomCreateResponse,
    RoomMessagesResponse,
    RoomMessageText,
    RoomSendResponse,
    SyncResponse,
)
from nio.api import RoomPreset


def expect(response, kind):
    if not isinstance(response, kind):
        raise SystemExit(f"expected {kind.__name__}, got {response}")
    return response


def seen(client, room_id, response):
    room = response.rooms.join.get(room_id)
    events = room.timeline.events if room else []
    return [event.body for event in events if isinstance(event, RoomMessageText)]


async def main(homeserver, suffix):
    dana, omar = AsyncClient(homeserver), AsyncClient(homeserver)
    expect(await dana.register(f"nio-dana-{suffix}", "correct horse"), RegisterResponse)
    expect(await omar.register(f"nio-omar-{suffix}", "battery staple"), RegisterResponse)
    await omar.logout()
    omar = AsyncClient(homeserver, f"nio-omar-{suffix}")
    expect(await omar.login("battery staple"), LoginResponse)

    created = expect(await dana.room_create(name="Nio", preset=RoomPreset.private_chat), RoomCreateResponse)
    room_id = created.room_id
    await dana.room_invite(room_id, omar.user_id)
    invited = expect(await omar.sync(), SyncResponse)
    if room_id not in invited.rooms.invite:
        raise SystemExit("the invitation did not arrive")
    expect(await omar.join(room_id), JoinResponse)
    first = expect(await omar.sync(full_state=True), SyncResponse)

    waiting = asyncio.create_task(omar.sync(timeout=20000, since=first.next_batch))
    for text in ["one", "two", "three"]:
        content = {"msgtype": "m.text", "body": text}
        expect(await dana.room_send(room_id, "m.room.message", content), RoomSendResponse)
    live = []
    while len(live) < 3:
        response = expect(await waiting, SyncResponse)
        live += seen(omar, room_id, response)
        waiting = asyncio.create_task(omar.sync(timeout=20000, since=response.next_batch))
    waiting.cancel()

    history = expect(await omar.room_messages(room_id, first.next_batch, limit=50), RoomMessagesResponse)
    await omar.room_typing(room_id, True)
    await omar.update_receipt_marker(room_id, response.rooms.join[room_id].timeline.events[-1].event_id)
    await dana.room_redact(room_id, response.rooms.join[room_id].timeline.events[-1].event_id, "mistake")
    after = expect(await dana.sync(full_state=True), SyncResponse)
    members = sorted(dana.rooms[room_id].users)
    await dana.close()
    await omar.close()
    print(json.dumps({"live": live, "history": len(history.chunk), "members": members, "name": dana.rooms[room_id].name,
                      "joined": room_id in after.rooms.join}))


asyncio.run(main(sys.argv[1], sys.argv[2]))
