// Loaded into the program when it is built (record.js): keeps what V8 compiles of its core in one run.
import { writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import vm from 'node:vm';

const { Script } = vm;
vm.Script = class extends Script {
  constructor(...about) {
    super(...about);
    process.on('exit', (code) => {
      if (code === 0) writeFileSync(process.env.FINRACE_RECORD, this.createCachedData());
    });
  }
};
syncBuiltinESMExports();
