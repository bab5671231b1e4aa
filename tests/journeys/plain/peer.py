"""A plain-text peer: a user of the messenger that knows its topics and payloads, and nothing more.

It talks one to one and in groups over MQTT 3.1.1 or MQTT 5. Everybody has a control topic, and groups have one for
news; both go by two names, and this peer keeps to one family of them:

    family    control topic     news of groups
    control   <id>_Control      GROUPS
    clients   clients/<id>      groups/info

What goes over them:

    control topic              GI <group>              an invitation to a group
                               REQUEST <client>        <client> asks for a talk
                               <timestamp> <client>    <client> accepts one
                               DENIED <client>         <client> declines one
    news of groups             <group> CREATE          there is a new group
                               <group> DISBAND         there is no such group any more
                               <group> <leader>        this is who leads the group
    groups/<group>/members     <member>                a member says that it is in
    groups/<group>/messages    <member> <message>      a member writes
    groups/<group>/leader      <client> ENTER          an outsider asks to be let in
    <c1>_<c2>_<timestamp>      <client> <message>      in a talk: c1 has accepted what c2 asked for
                               END                     somebody wants to end the talk, until he writes again
    USERS                      <id> online             somebody has come
                               <id> offline            somebody goes

Others keep what they know where a newcomer finds it: `USERS/<id>` has the last word on a user, and `GROUPS/<group>`
has `<group> <leader> <member> ...`, which also may stand among the news. Being named there is how one learns that one
has been let in.

Commands come on stdin, a line each; the end of the input ends the program without a farewell:

    announce            say that this user is online
    leave               say that it goes, and end
    request X           ask X for a talk
    accept X [TIME]     accept what X asked for; TIME is now, in milliseconds, unless it is given
    deny X              decline it, or do not let X into a group
    say X TEXT          write in the talk with X
    end X               want to end the talk with X
    create G            announce a new group and lead it
    invite X G          invite X to a group
    enter G             ask to be let into a group
    admit X G           as the leader, let X in
    post G TEXT         write in a group
    handover G X        hand the lead of a group to a member
    disband G           as the leader, end a group
    users, groups       print who and what is known

What happens goes to stdout, a line each. `heard <topic> <payload>` is said of all that arrives, with a newline in it
written as `\\n`; what it means follows:

    ready                       connected, and subscribed to what everybody needs
    user X online|offline       asked X    denied X    invited G
    talk X TOPIC                there is a talk with X, and this peer listens to it
    said X TEXT                 ending X    resumed X    over X
    group G LEADER MEMBER...    entering X G    member G X    in G    gone G
    posted G X TEXT
    strange TOPIC PAYLOAD       nothing above says what this could mean
    error TEXT                  a command that makes no sense
"""

import argparse
import queue
import sys
import threading
import time
from dataclasses import dataclass, field

import paho.mqtt.client as mqtt

AT_LEAST_ONCE = 1


@dataclass
class Talk:
    """A talk with one other user."""

    topic: str
    i_want_to_end: bool = False
    other_wants_to_end: bool = False
    # An END bears no name, and what one publishes oneself comes back: so many are still to come.
    my_ends_to_come: int = 0


@dataclass
class Group:
    """What is known of a group."""

    leader: str = ""
    members: list[str] = field(default_factory=list)

    def everybody(self):
        """The leader first, nobody twice."""
        return list(dict.fromkeys([self.leader, *self.members]))


class Peer:
    """A user. All its methods run in one thread, which takes events off a queue."""

    def __init__(self, options):
        self.id = options.id
        self.prefix = options.prefix
        self.family = options.family
        self.users = {}
        self.groups = {}
        self.talks = {}
        self.my_requests = set()
        self.their_requests = set()
        self.inside = set()
        self.my_records = set()
        self.topics = [
            self.control(self.id),
            self.news(),
            "USERS",
            "USERS/+",
            "GROUPS/+",
        ]
        self.when_subscribed = {}
        self.events = queue.SimpleQueue()
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=f"plain-{self.id}",
            protocol=mqtt.MQTTv5 if options.protocol == "5" else mqtt.MQTTv311,
        )
        self.client.on_connect = lambda *_: self.events.put((self.connected,))
        self.client.on_subscribe = lambda _client, _data, number, *_: self.events.put((self.subscribed, number))
        self.client.on_message = lambda _client, _data, message: self.events.put((self.heard, message))
        self.client.connect(options.host, options.port)

    def run(self):
        """Lives until the end of the input."""
        threading.Thread(target=self.read_commands, daemon=True).start()
        self.client.loop_start()
        while (event := self.events.get()) is not None:
            handle, *arguments = event
            handle(*arguments)
        self.client.disconnect()
        self.client.loop_stop()

    def read_commands(self):
        for line in sys.stdin:
            self.events.put((self.command, line.rstrip("\n")))
        self.events.put(None)

    # Topics.

    def control(self, client):
        return f"clients/{client}" if self.family == "clients" else f"{client}_Control"

    def news(self):
        return "groups/info" if self.family == "clients" else "GROUPS"

    # The connection.

    def connected(self):
        self.subscribe(self.topics, "ready")

    def subscribed(self, number):
        if line := self.when_subscribed.pop(number, None):
            tell(line)

    def subscribe(self, topics, then=None):
        """Subscribes, and says `then` when the broker has agreed."""
        _, number = self.client.subscribe([(self.prefix + topic, AT_LEAST_ONCE) for topic in topics])
        if then:
            self.when_subscribed[number] = then

    def listen(self, topics, then=None):
        """Subscribes for as long as this peer lives."""
        self.topics += [topic for topic in topics if topic not in self.topics]
        self.subscribe(topics, then)

    def forget(self, topics):
        self.topics = [topic for topic in self.topics if topic not in topics]
        self.client.unsubscribe([self.prefix + topic for topic in topics])

    def publish(self, topic, payload, retain=False):
        return self.client.publish(self.prefix + topic, payload, AT_LEAST_ONCE, retain)

    # What arrives.

    def heard(self, message):
        topic = message.topic.removeprefix(self.prefix)
        payload = message.payload.decode(errors="replace")
        tell(f"heard {topic} {payload}")
        words = payload.split(" ")
        match topic.split("/"):
            case _ if topic == self.control(self.id):
                understood = self.heard_control(words)
            case _ if topic == self.news():
                understood = self.heard_news(words)
            case ["USERS", *_]:
                understood = self.heard_user(words)
            case ["GROUPS", group]:
                understood = self.heard_record(group, words)
            case ["groups", group, "members"]:
                understood = self.heard_member(group, words)
            case ["groups", group, "messages"]:
                understood = self.heard_post(group, payload)
            case ["groups", group, "leader"]:
                understood = self.heard_at_the_door(group, words)
            case _:
                understood = self.heard_in_a_talk(topic, payload)
        if not understood:
            tell(f"strange {topic} {payload}")

    def heard_control(self, words):
        match words:
            case ["GI", group]:
                tell(f"invited {group}")
            case ["REQUEST", client]:
                self.their_requests.add(client)
                tell(f"asked {client}")
            case ["DENIED", client]:
                self.my_requests.discard(client)
                tell(f"denied {client}")
            case [timestamp, client] if timestamp.isdecimal():
                if client in self.my_requests:
                    self.my_requests.remove(client)
                    self.begin_talk(client, f"{client}_{self.id}_{timestamp}")
            case _:
                return False
        return True

    def heard_news(self, words):
        match words:
            case [group, "CREATE"]:
                self.groups.setdefault(group, Group())
            case [group, "DISBAND"]:
                self.end_group(group)
            case [group, leader]:
                known = self.groups.get(group, Group())
                self.know_group(group, leader, known.everybody() if known.leader else [])
            case [group, _, *_]:
                return self.heard_record(group, words)
            case _:
                return False
        return True

    def heard_record(self, group, words):
        match words:
            case [name, leader, *members] if name == group:
                self.know_group(group, leader, members)
            case [""]:
                self.end_group(group)
            case _:
                return False
        return True

    def heard_user(self, words):
        match words:
            case [user, "online" | "offline" as state]:
                if self.users.get(user) != state:
                    self.users[user] = state
                    tell(f"user {user} {state}")
            case [""]:
                pass
            case _:
                return False
        return True

    def heard_member(self, group, words):
        match words:
            case [member]:
                known = self.groups.setdefault(group, Group())
                if member not in known.everybody():
                    known.members.append(member)
                tell(f"member {group} {member}")
            case _:
                return False
        return True

    def heard_post(self, group, payload):
        member, space, text = payload.partition(" ")
        if space and member != self.id:
            tell(f"posted {group} {member} {text}")
        return bool(space)

    def heard_at_the_door(self, group, words):
        match words:
            case [client, "ENTER"]:
                tell(f"entering {client} {group}")
            case _:
                return False
        return True

    def heard_in_a_talk(self, topic, payload):
        other, talk = next(((other, talk) for other, talk in self.talks.items() if talk.topic == topic), (None, None))
        if talk is None:
            # What was on its way when the topic was given up.
            return True
        if payload == "END":
            if talk.my_ends_to_come:
                talk.my_ends_to_come -= 1
            else:
                talk.other_wants_to_end = True
                tell(f"ending {other}")
            self.end_talk_if_both_want(other, talk)
            return True
        speaker, space, text = payload.partition(" ")
        if speaker == other and space:
            if talk.other_wants_to_end:
                talk.other_wants_to_end = False
                tell(f"resumed {other}")
            tell(f"said {other} {text}")
        return bool(space) and speaker in (other, self.id)

    # What follows from it.

    def begin_talk(self, other, topic):
        self.talks[other] = Talk(topic)
        self.listen([topic], f"talk {other} {topic}")

    def end_talk_if_both_want(self, other, talk):
        if talk.i_want_to_end and talk.other_wants_to_end:
            del self.talks[other]
            self.forget([talk.topic])
            tell(f"over {other}")

    def know_group(self, group, leader, members):
        known = Group(leader, [member for member in members if member != leader])
        changed = self.groups.get(group) != known
        self.groups[group] = known
        if changed:
            tell(f"group {group} {' '.join(known.everybody())}")
        if self.id in known.everybody() and group not in self.inside:
            self.inside.add(group)
            self.listen(group_topics(group), f"in {group}")
            self.publish(f"groups/{group}/members", self.id)

    def end_group(self, group):
        if self.groups.pop(group, None):
            tell(f"gone {group}")
        if group in self.inside:
            self.inside.remove(group)
            self.forget(group_topics(group))

    # What the user wants.

    def command(self, line):
        name, *rest = line.split(" ", 1)
        act = getattr(self, f"do_{name}", None)
        try:
            if act is None:
                raise ValueError("no such command")
            act(*rest)
        except (KeyError, TypeError, ValueError) as error:
            tell(f"error {line}: {error!r}")

    def do_announce(self):
        self.publish("USERS", f"{self.id} online")

    def do_leave(self):
        self.publish("USERS", f"{self.id} offline").wait_for_publish()
        self.events.put(None)

    def do_request(self, other):
        self.my_requests.add(other)
        self.publish(self.control(other), f"REQUEST {self.id}")

    def do_accept(self, arguments):
        other, *given = arguments.split(" ")
        self.their_requests.remove(other)
        timestamp = given[0] if given else time.time_ns() // 1_000_000
        self.begin_talk(other, f"{self.id}_{other}_{timestamp}")
        self.publish(self.control(other), f"{timestamp} {self.id}")

    def do_deny(self, other):
        self.their_requests.discard(other)
        self.publish(self.control(other), f"DENIED {self.id}")

    def do_say(self, arguments):
        other, text = arguments.split(" ", 1)
        talk = self.talks[other]
        talk.i_want_to_end = False
        self.publish(talk.topic, f"{self.id} {text}")

    def do_end(self, other):
        talk = self.talks[other]
        talk.i_want_to_end = True
        talk.my_ends_to_come += 1
        self.publish(talk.topic, "END")

    def do_create(self, group):
        self.publish(self.news(), f"{group} CREATE")
        self.publish(self.news(), f"{group} {self.id}")
        self.know_group(group, self.id, [])

    def do_invite(self, arguments):
        other, group = arguments.split(" ")
        self.publish(self.control(other), f"GI {group}")

    def do_enter(self, group):
        self.publish(f"groups/{group}/leader", f"{self.id} ENTER")

    def do_admit(self, arguments):
        other, group = arguments.split(" ")
        self.know_group(group, self.id, [*self.groups[group].members, other])
        self.my_records.add(group)
        self.publish(f"GROUPS/{group}", " ".join([group, *self.groups[group].everybody()]), retain=True)

    def do_post(self, arguments):
        group, text = arguments.split(" ", 1)
        self.publish(f"groups/{group}/messages", f"{self.id} {text}")

    def do_handover(self, arguments):
        group, other = arguments.split(" ")
        self.publish(self.news(), f"{group} {other}")
        self.know_group(group, other, self.groups[group].everybody())

    def do_disband(self, group):
        self.publish(self.news(), f"{group} DISBAND")
        if group in self.my_records:
            self.my_records.remove(group)
            self.publish(f"GROUPS/{group}", "", retain=True)
        self.end_group(group)

    def do_users(self):
        tell(" ".join(["users", *(f"{user}={state}" for user, state in sorted(self.users.items()))]))

    def do_groups(self):
        known = sorted(self.groups.items())
        tell(" ".join(["groups", *(f"{name}={','.join(group.everybody())}" for name, group in known)]))


def group_topics(group):
    return [f"groups/{group}/{part}" for part in ("members", "messages", "leader")]


def tell(line):
    print(line.replace("\r", "\\r").replace("\n", "\\n"), flush=True)


def main():
    parser = argparse.ArgumentParser(description="a plain-text peer")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--id", required=True, help="who this user is")
    parser.add_argument("--protocol", choices=["3", "5"], default="5", help="MQTT 3.1.1 or MQTT 5")
    parser.add_argument("--family", choices=["control", "clients"], default="control", help="which names of topics")
    parser.add_argument("--prefix", default="", help="what goes before every topic")
    Peer(parser.parse_args()).run()


if __name__ == "__main__":
    main()
