//! Checks of `docker/` and `docker/cluster/`: all files, services and volumes that they name exist.
//! `tests/network/mosquitto_acl.rs` tests the mosquitto configuration, and `tests/cluster/` that of the cluster.

use std::{collections::BTreeSet, fs, path::Path};

use yaml_rust2::{Yaml, YamlLoader};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docker");

const CLUSTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docker/cluster");

fn read_in(folder: &str, name: &str) -> String {
    fs::read_to_string(Path::new(folder).join(name)).unwrap_or_else(|error| panic!("{folder}/{name}: {error}"))
}

fn read(name: &str) -> String {
    read_in(FOLDER, name)
}

fn compose(folder: &str) -> Yaml {
    YamlLoader::load_from_str(&read_in(folder, "compose.yaml")).unwrap().remove(0)
}

/// A value of a service, its own or that of the mapping that it takes over (`<<: *node`), which this parser leaves alone.
fn value<'a>(definition: &'a Yaml, key: &str) -> &'a Yaml {
    if definition[key].is_badvalue() { &definition["<<"][key] } else { &definition[key] }
}

fn entries(yaml: &Yaml) -> Vec<(String, Yaml)> {
    let entry = |(key, value): (&Yaml, &Yaml)| (key.as_str().expect("a key is a string").to_owned(), value.clone());
    yaml.as_hash().expect("a YAML hash").iter().map(entry).collect()
}

/// The strings of a YAML list; empty if `yaml` is not a list.
fn texts(yaml: &Yaml) -> Vec<String> {
    let text = |item: &Yaml| item.as_str().expect("a list item is a string").to_owned();
    yaml.as_vec().map(|items| items.iter().map(text).collect()).unwrap_or_default()
}

fn names(yaml: &Yaml) -> BTreeSet<String> {
    entries(yaml).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn files_volumes_and_secrets_of_compose_exist() {
    files_and_volumes_exist(FOLDER);
    files_and_volumes_exist(CLUSTER);
}

fn files_and_volumes_exist(folder: &str) {
    let compose = compose(folder);
    let (mut volumes, mut secrets) = (BTreeSet::new(), BTreeSet::new());
    for (service, definition) in entries(&compose["services"]) {
        if let Some(context) = definition["build"]["context"].as_str() {
            let context = Path::new(folder).join(context);
            let dockerfile =
                context.join(definition["build"]["dockerfile"].as_str().expect("the build has a Dockerfile"));
            let text = fs::read_to_string(&dockerfile).unwrap_or_else(|error| panic!("{service}: {error}"));
            let target = definition["build"]["target"].as_str().expect("the build has a target");
            assert!(text.lines().any(|line| line.ends_with(&format!(" AS {target}"))), "{service}: {target}");
        } else {
            assert!(value(&definition, "image").as_str().is_some(), "{service} has no image");
        }
        for volume in texts(&definition["volumes"]) {
            let source = volume.split(':').next().expect("split yields at least one part");
            if source.starts_with('.') {
                assert!(Path::new(folder).join(source).exists(), "{service}: {source}");
            } else {
                volumes.insert(source.to_owned());
            }
        }
        for secret in definition["secrets"].as_vec().into_iter().flatten() {
            secrets.insert(secret["source"].as_str().expect("the secret has a source").to_owned());
        }
    }
    assert_eq!(volumes, names(&compose["volumes"]));
    let defined = if compose["secrets"].is_badvalue() { Vec::new() } else { entries(&compose["secrets"]) };
    assert_eq!(secrets, defined.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>());
    // The secrets are not in the repository; the README has the commands that create them.
    for (secret, definition) in defined {
        let file = definition["file"].as_str().expect("the secret is a file").trim_start_matches("./").to_owned();
        assert!(
            read("README.md").contains(&format!("-out {file}"))
                || read("README.md").contains(&format!("-keyout {file}")),
            "{secret}"
        );
    }
}

#[test]
fn services_have_minimal_rights() {
    let services = [compose(FOLDER), compose(CLUSTER)].map(|compose| entries(&compose["services"]));
    for (service, definition) in services.into_iter().flatten() {
        assert_eq!(value(&definition, "read_only").as_bool(), Some(true), "{service}");
        assert_eq!(texts(value(&definition, "cap_drop")), ["ALL"], "{service}");
        assert_eq!(texts(value(&definition, "security_opt")), ["no-new-privileges:true"], "{service}");
        let is_long_lived = value(&definition, "restart").as_str().is_some();
        assert_eq!(
            is_long_lived,
            value(&definition, "healthcheck").as_hash().is_some(),
            "{service}: long-lived services have a health check, others none"
        );
        for port in texts(&definition["ports"]) {
            assert!(port.starts_with("127.0.0.1:") || port.ends_with(":8883"), "{service}: {port} is open to all");
        }
    }
    let dockerfile = read("Dockerfile");
    let images: Vec<_> = dockerfile.split("\nFROM ").skip(2).collect();
    assert_eq!(images.len(), 3);
    for image in images {
        let user = image.lines().rfind(|line| line.starts_with("USER "));
        assert!(user.is_none_or(|user| user == "USER 10001:10001"), "{user:?}");
    }
}

#[test]
fn readme_commands_name_existing_services() {
    let root = fs::read_to_string(format!("{FOLDER}/../README.md")).unwrap();
    let started = commands_name_services(FOLDER, &[root, read("README.md"), read("compose.yaml")]);
    assert_eq!(started, BTreeSet::from(["mosquitto".into(), "papo".into()]), "the README starts both brokers");
    commands_name_services(CLUSTER, &[read_in(CLUSTER, "README.md")]);
}

/// Checks the commands for `docker compose` in these texts, and returns the profiles that they start.
fn commands_name_services(folder: &str, files: &[String]) -> BTreeSet<String> {
    let compose = compose(folder);
    let services = names(&compose["services"]);
    let profiles: BTreeSet<_> =
        entries(&compose["services"]).iter().flat_map(|(_, definition)| texts(&definition["profiles"])).collect();
    let mut seen = BTreeSet::new();
    for line in files.iter().flat_map(|text| text.lines()) {
        let Some((_, command)) = line.split_once("docker compose ") else { continue };
        let mut words = command.split([' ', '`']).filter(|word| !word.is_empty());
        let mut rest: Vec<_> = words.by_ref().collect();
        if rest[0] == "--profile" {
            assert!(profiles.contains(rest[1]), "{line}");
            seen.insert(rest[1].to_owned());
            rest.drain(..2);
        }
        match rest[0] {
            "run" => assert!(rest[1] == "--rm" && services.contains(rest[2]), "{line}"),
            "kill" => assert!(services.contains(rest[3]), "{line}"),
            "restart" => assert!(services.contains(rest[1]), "{line}"),
            "build" => assert!(rest[1..].iter().all(|service| services.contains(*service)), "{line}"),
            "up" | "ps" => {}
            other => panic!("{other}: {line}"),
        }
    }
    seen
}

/// Docker prefers `Dockerfile.dockerignore` to `.dockerignore`.
#[test]
fn dockerignore_admits_all_build_inputs() {
    let ignored = read("Dockerfile.dockerignore");
    let admitted: BTreeSet<_> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    assert!(ignored.lines().any(|line| line == "*"), "the file excludes everything else");
    let dockerfile = read("Dockerfile");
    let mut copied = BTreeSet::new();
    for line in dockerfile.lines().filter_map(|line| line.strip_prefix("COPY ")) {
        if line.starts_with("--from=") {
            continue;
        }
        let words: Vec<_> = line.split_whitespace().collect();
        copied.extend(words[..words.len() - 1].iter().map(|word| word.trim_end_matches('*')));
    }
    assert_eq!(copied, admitted);
    for name in &copied {
        assert!(*name == "build.rs" || Path::new(FOLDER).join("..").join(name).exists(), "{name}");
    }
    let manifest: toml::Table = fs::read_to_string(format!("{FOLDER}/../Cargo.toml")).unwrap().parse().unwrap();
    // The Dockerfile creates a stub for every bench. Its command must list all benches of the manifest.
    let command =
        dockerfile.split("&& ").find(|part| part.starts_with("sed -n")).expect("the command that reads the manifest");
    let names = command.split('|').next().unwrap().trim_end_matches(['\\', '\n', ' ']);
    let listed =
        std::process::Command::new("sh").args(["-c", names]).current_dir(format!("{FOLDER}/..")).output().unwrap();
    let listed: Vec<_> = std::str::from_utf8(&listed.stdout).unwrap().lines().map(str::to_owned).collect();
    let benches = manifest["bench"].as_array().unwrap().iter().map(|bench| bench["name"].as_str().unwrap().to_owned());
    assert_eq!(listed, benches.collect::<Vec<_>>());
    let wanted = manifest["package"]["rust-version"].as_str().unwrap();
    assert!(dockerfile.contains(&format!("FROM rust:{wanted}-slim")), "papo requires Rust {wanted}");
}
