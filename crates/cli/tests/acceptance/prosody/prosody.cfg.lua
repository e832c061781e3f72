-- Paths come from the environment, so that the same file works wherever it is restored to.
data_path = ENV_POD .. "/prosody-data"
pidfile = ENV_RUN .. "/prosody.pid"
admin_socket = ENV_RUN .. "/prosody.sock"
log = { info = ENV_RUN .. "/prosody.log" }
ssl = {
  certificate = ENV_POD .. "/prosody-config/certs/cert.pem",
  key = ENV_POD .. "/prosody-config/certs/key.pem",
}

-- Nothing listens but on loopback.
interfaces = { "127.0.0.1" }
local_interfaces = { "127.0.0.1" }
http_interfaces = { "127.0.0.1" }
c2s_ports = { @CLIENTS@ }
s2s_ports = {}
http_ports = { @UPLOADS@ }
https_ports = {}

modules_enabled = {
  "roster", "saslauth", "tls", "disco", "pep", "vcard4", "vcard_legacy", "private", "carbons",
  "mam", "offline", "ping", "admin_shell",
}
modules_disabled = { "s2s" }
c2s_require_encryption = true
authentication = "internal_hashed"
storage = "@STORAGE@"
sql = { driver = "SQLite3", database = ENV_POD .. "/prosody-data/prosody.sqlite" }
archive_expires_after = "never"
default_archive_policy = true

VirtualHost "localhost"

Component "upload.localhost" "http_file_share"
  http_host = "127.0.0.1"
  http_external_url = "http://127.0.0.1:@UPLOADS@/"
  http_file_share_access = { "localhost" }

Component "rooms.localhost" "muc"
  modules_enabled = { "muc_mam" }
  muc_room_locking = false
  muc_room_default_persistent = true
  muc_log_by_default = true
