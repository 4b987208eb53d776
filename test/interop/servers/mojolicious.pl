# The server of the interop tests on Mojolicious; README.md beside this folder says what every path does.
use Mojolicious::Lite -signatures;
use Mojo::IOLoop;
use Mojo::JSON qw(encode_json);
use Mojo::Server::Daemon;
use Mojo::WebSocket qw(WS_CONTINUATION WS_PING WS_PONG);

STDOUT->autoflush(1);
app->log->level('warn');

sub tell_tests ($event, %facts) { print encode_json({event => $event, %facts}), "\n" }

# Text is handed on as the bytes that came.
sub each_message ($c, $action) {
  for my $type (qw(text binary)) {
    $c->tx->on($type => sub ($tx, $bytes) { $action->($tx, $type, $bytes) });
  }
}

# What every connection needs.
under sub ($c) {
  my $tx = $c->tx;
  return 1 if $c->req->url->path eq '/refuse';
  $tx->max_websocket_size(64 * 1024 * 1024);
  $tx->with_protocols('chat.v1');
  $tx->with_compression;
  my $id = $c->param('id');
  $tx->on(finish => sub ($tx, $code, $reason) {
    tell_tests('closed', id => $id, code => 0 + $code, reason => $reason // '');
  });
  return $c->rendered(101);
};

websocket '/echo' => sub ($c) {
  each_message($c, sub ($tx, $type, $bytes) { $tx->send({$type => $bytes}) });
};

websocket '/fragments' => sub ($c) {
  my $size = $c->param('size');
  each_message($c, sub ($tx, $type, $bytes) {
    my (undef, $rsv1, undef, undef, $opcode, $payload) = @{$tx->build_message({$type => $bytes})};
    my $length = length $payload;
    for (my $start = 0; $start < $length; $start += $size) {
      $tx->send([1, 0, 0, 0, WS_PING, $start]) if $start > 0;
      my $fin = $start + $size >= $length ? 1 : 0;
      $tx->send([$fin, $rsv1, 0, 0, $opcode, substr($payload, $start, $size)]);
      ($rsv1, $opcode) = (0, WS_CONTINUATION);
    }
  });
};

websocket '/burst' => sub ($c) {
  my $count    = $c->param('count');
  my $received = 0;
  $c->tx->send({text => $_}) for 0 .. $count - 1;
  each_message($c, sub ($tx, $type, $bytes) {
    return $tx->finish(4000, "$bytes came in the place of $received") if $bytes ne $received;
    $tx->send({text => "received $count"}) if ++$received == $count;
  });
};

websocket '/ping' => sub ($c) {
  each_message($c, sub ($tx, $type, $bytes) { $tx->send([1, 0, 0, 0, WS_PING, $bytes]) });
  $c->tx->on(frame => sub ($tx, $frame) {
    $tx->send({text => "pong $frame->[5]"}) if $frame->[4] == WS_PONG;
  });
};

websocket '/close' => sub ($c) {
  $c->tx->send({text => 'last words'});
  $c->tx->finish($c->param('code'), $c->param('reason'));
};

websocket '/vanish' => sub ($c) {
  each_message($c, sub ($tx, $type, $bytes) { Mojo::IOLoop->remove($tx->connection) });
};

websocket '/header' => sub ($c) {
  $c->tx->send({text => $c->req->headers->header($c->param('name')) // ''});
};

websocket '/refuse' => sub ($c) {
  my $status = $c->param('status');
  $c->res->headers->www_authenticate('Basic realm="interop"') if $status == 401;
  $c->res->headers->header('Retry-After' => 120) if $status == 503;
  $c->render(data => "refused with $status", status => $status);
};

my $daemon = Mojo::Server::Daemon->new(
  app => app, listen => ['http://127.0.0.1:0'], silent => 1, inactivity_timeout => 60
)->start;

# The tests hold the other end of this pipe: when they are gone, however they ended, so is the server.
Mojo::IOLoop->singleton->reactor->io(\*STDIN => sub { exit })->watch(\*STDIN, 1, 0);
tell_tests('listening', port => 0 + $daemon->ports->[0], version => Mojolicious->VERSION);
Mojo::IOLoop->start;
