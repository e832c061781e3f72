//! A real XMPP server's data comes back, and the server and its clients find it as it was.

mod clients;
mod server;

use std::{fs, path::Path};

use serde_json::{Value, json};

use self::{
    clients::Clients,
    server::{Ports, Server, Storage},
};
use crate::support::{
    program::{Program, Settings},
    scratch::Scratch,
    tree::Tree,
    turn,
};

const MESSAGES: u64 = 400;
const VOLUMES: [&str; 2] = ["prosody-data", "prosody-config"];

#[test]
fn prosody_starts_on_restored_files_and_has_every_message() {
    prosody_starts_on_what_was_restored(Storage::Internal);
}

#[test]
fn prosody_starts_on_a_restored_database_and_has_every_message() {
    prosody_starts_on_what_was_restored(Storage::Sql);
}

fn prosody_starts_on_what_was_restored(storage: Storage) {
    let _turn = turn();
    let scratch = Scratch::shared();
    let pod = scratch.path("pod");
    server::install(&pod, storage, Ports::free(), &clients::USERS);

    // The life before.
    let server = Server::start(&pod);
    let clients = Clients::new(&server);
    let said = clients.talk(MESSAGES);
    let before = clients.look(&said);
    assert_complete(&said, &before);
    server.stop();

    let program = Program::new(scratch.path("place"));
    program.configure(Settings::FULL);
    let restored = scratch.path("restored");
    let trees = through_a_backup(&program, &pod, &restored);
    fs::remove_dir_all(&pod).unwrap();

    // The life after: another server, on what was restored and nothing else. Only root can enter
    // the directory that it was restored to.
    let elsewhere = scratch.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for volume in VOLUMES {
        fs::rename(restored.join(volume), elsewhere.join(volume)).unwrap();
    }
    let server = Server::start(&elsewhere);
    let clients = Clients::new(&server);
    assert_eq!(clients.look(&said), before);
    assert_eq!(clients.collect_offline_messages(), said["offline"]);
    server.stop();
    println!(
        "Prosody with {storage:?} storage: {} files, {} bytes",
        trees.iter().map(Tree::files).sum::<usize>(),
        trees.iter().map(Tree::bytes).sum::<u64>(),
    );
}

/// Backs the server's volumes up, verifies, restores, and compares; answers what came back.
fn through_a_backup(program: &Program, pod: &Path, restored: &Path) -> Vec<Tree> {
    let paths = VOLUMES.map(|volume| pod.join(volume));
    let volumes: Vec<(&str, &Path)> = VOLUMES
        .into_iter()
        .zip(paths.iter().map(AsRef::as_ref))
        .collect();
    let created = program.create("prosody", &volumes);
    assert_eq!(created.answer()["warnings"], json!([]));
    let name = created.name();
    let verified = program.configured(["verify", &name]).answer();
    assert_eq!(verified["verdict"], "authentic");
    assert_eq!(verified["can_be_decrypted"], true);
    program.restore(&name, restored);
    VOLUMES
        .iter()
        .map(|volume| {
            let tree = Tree::read(&restored.join(volume));
            Tree::read(&pod.join(volume)).assert_same(&tree);
            tree
        })
        .collect()
}

/// What the clients see is what they said: otherwise it would prove little that they see it again.
fn assert_complete(said: &Value, seen: &Value) {
    for (user, count) in said["archived"].as_object().unwrap() {
        let archive = seen["users"][user]["archive"].as_array().unwrap();
        assert_eq!(archive.len() as u64, count.as_u64().unwrap(), "{user}");
        assert_ne!(seen["users"][user]["roster"], json!([]), "{user}");
    }
    assert_eq!(seen["room"].as_array().unwrap().len(), said["room"]);
    assert_eq!(seen["uploads"], said["uploads"]);
    assert!(said["uploads"].as_object().unwrap().len() >= 3);
    assert!(said["offline"].as_array().unwrap().len() >= 50);
}
