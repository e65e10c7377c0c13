Interruption.ignoreBrokenPipes()
ProvenderCommand.start()
