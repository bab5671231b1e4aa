//! Measures the parts of papo separately: decoding and receiving messages, drawing full and partial frames, and
//! writing, reading, searching and opening the store.
//!
//! `make bench` runs it; `cargo bench --bench parts -- store` runs only the benches whose path contains
//! `store`. The program measures only; it checks no limits.

#[path = "support/scene.rs"]
mod scene;

use divan::Bencher;

use self::scene::{NOW, Scene, Size, append, said_by_papo, saved, session, whole};

/// The number of messages in the stores of the benches that only read.
const STORED: u64 = 10_000;

fn main() {
    divan::main();
}

mod protocol {
    use papo::domain::Now;
    use papo::protocol::{AckToken, Batch, Command, Identity, Inbound, Input, Peer};

    use super::{Bencher, NOW, Size, said_by_papo, saved, session};

    fn peer() -> Peer {
        let identity = Identity::new("alice".parse().expect("an id"), "bench", 7);
        let mut peer = Peer::restore(identity, saved(Size::default()));
        peer.handle_input(
            Now::from_millis(NOW.as_millis()),
            Input::Connected { session_present: false, names_senders: false },
        );
        peer.handle_input(Now::from_millis(NOW.as_millis()), Input::Subscribed);
        peer.take_batch();
        peer
    }

    fn receive(peer: &mut Peer, inbound: Inbound) -> Batch {
        let token = AckToken { epoch: 1, packet: 1 };
        peer.handle_input(Now::from_millis(NOW.as_millis()), Input::Received { inbound, token });
        peer.take_batch()
    }

    /// Receives a duplicate, which papo decodes and then drops.
    #[divan::bench]
    fn decode_a_known_message(bencher: Bencher) {
        let mut peer = peer();
        assert!(!receive(&mut peer, said_by_papo(1)).operations.is_empty(), "papo stores the first copy");
        bencher.with_inputs(|| said_by_papo(1)).bench_local_values(|inbound| receive(&mut peer, inbound));
    }

    #[divan::bench]
    fn receive_a_message(bencher: Bencher) {
        let (mut peer, mut number) = (peer(), 0);
        bencher
            .with_inputs(|| {
                number += 1;
                said_by_papo(number)
            })
            .bench_local_values(|inbound| receive(&mut peer, inbound));
    }

    /// Includes encoding the message and putting it in the outbox.
    #[divan::bench]
    fn send_a_message(bencher: Bencher) {
        let mut peer = peer();
        let command = || Command::Send { conversation: session(), text: "shall we?".to_owned(), relation: None };
        bencher.with_inputs(command).bench_local_values(|command| {
            peer.command(Now::from_millis(NOW.as_millis()), command).expect("the session is open");
            peer.take_batch()
        });
    }
}

mod screen {
    use super::{Bencher, Scene, Size};

    #[divan::bench]
    fn receive_and_show_a_message(bencher: Bencher) {
        let mut scene = Scene::new(Size::default());
        bencher.bench_local(|| scene.receive_papo());
    }

    #[divan::bench]
    fn draw_a_full_frame(bencher: Bencher) {
        let mut scene = Scene::new(Size::default());
        bencher.bench_local(|| scene.draw_full());
    }

    #[divan::bench]
    fn draw_an_unchanged_frame(bencher: Bencher) {
        let mut scene = Scene::new(Size::default());
        bencher.bench_local(|| scene.draw());
    }
}

mod store {
    use papo::{domain::Query, protocol::Operation, store::Store};
    use tempfile::TempDir;

    use super::{Bencher, STORED, append, session, whole};

    #[divan::bench(args = [1, 100], sample_count = 50)]
    fn commit_messages(bencher: Bencher, per_commit: u64) {
        let (folder, mut store) = filled_store(0);
        let mut seq = 0;
        bencher
            .with_inputs(|| {
                seq += per_commit;
                (seq - per_commit..seq).flat_map(append).collect::<Vec<_>>()
            })
            .bench_local_values(|operations| store.commit(&operations).expect("the commit succeeds"));
        drop(folder);
    }

    #[divan::bench]
    fn read_a_page(bencher: Bencher) {
        let (_folder, store) = filled_store(STORED);
        bencher.bench_local(|| store.page(&session(), STORED, 100).expect("the page is read"));
    }

    #[divan::bench(sample_count = 20)]
    fn search_a_word_in_10_000_messages(bencher: Bencher) {
        let (_folder, store) = filled_store(STORED);
        let query = Query::new("manometer").expect("a query");
        bencher.bench_local(|| store.snapshot(vec![whole(STORED)]).expect("a snapshot").search(&query, |_| true));
    }

    #[divan::bench(sample_count = 50)]
    fn open_and_close(bencher: Bencher) {
        let (folder, store) = filled_store(STORED);
        drop(store);
        bencher.bench_local(|| open(&folder));
    }

    fn open(folder: &TempDir) -> Store {
        Store::open(folder.path(), &"alice".parse().expect("an id"), "bench").expect("a store").store
    }

    /// A store with this many messages.
    fn filled_store(messages: u64) -> (TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = open(&folder);
        let operations: Vec<Operation> = (0..messages).flat_map(append).collect();
        store.commit(&operations).expect("the commit succeeds");
        (folder, store)
    }
}
