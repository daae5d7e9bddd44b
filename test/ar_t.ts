import { exp, log, pow, sigmoid, pipe, Volume } from '/tmp/wt/arithmetic/ts/index.ts'
import { exactExp, fixed, exactLog, exactFixed, partsOfFloat, ulpsFrom } from '/tmp/wt/arithmetic/test/support/exact-numbers.ts'
const n=20000
for (const [dtype,lo,hi] of [['float64',-745,709.7],['float64',-1,1],['float64',-745,-700],['float32',-103,88.7],['float32',-1,1]] as any) {
  const A = dtype==='float64'?Float64Array:Float32Array
  const v = A.from({length:n},()=>lo+(hi-lo)*Math.random())
  const out=(await pipe(Volume.wrap(v,{shape:[n]}),exp()).compute()).data as any
  let w=0,at=0
  v.forEach((x:number,k:number)=>{const u=ulpsFrom(exactExp(fixed(x)),out[k],dtype); if(u>w){w=u;at=k}})
  console.log('exp',dtype,lo,hi,w,v[at],out[at],Math.exp(v[at]))
}
for (const [dtype,lo,hi] of [['float64',0,100],['float64',.6,1.5],['float32',0,10],['float32',.6,1.5]] as any) {
  const A = dtype==='float64'?Float64Array:Float32Array
  const v = A.from({length:n},()=>lo+(hi-lo)*Math.random())
  const out=(await pipe(Volume.wrap(v,{shape:[n]}),log()).compute()).data as any
  let w=0,at=0
  v.forEach((x:number,k:number)=>{const l=exactLog(x);const u=ulpsFrom(exactFixed(l<0n?-l:l),Math.abs(out[k]),dtype); if(u>w){w=u;at=k}})
  console.log('log',dtype,lo,hi,w,v[at])
}
for (const dtype of ['float64','float32'] as const) for (const y of [2.5,-700.3,1.7e3,1/3]) {
  const A = dtype==='float64'?Float64Array:Float32Array
  const most=(dtype==='float64'?700:86)/Math.abs(y)
  const v = A.from({length:n/2},()=>Math.exp(most*(2*Math.random()-1)))
  const out=(await pipe(Volume.wrap(v,{shape:[n/2]}),pow(y)).compute()).data as any
  let w=0,at=0
  const yy = dtype==='float32'?Math.fround(y):y
  v.forEach((x:number,k:number)=>{const p=partsOfFloat(yy);const l=exactLog(x)*p.mantissa;const u=ulpsFrom(exactExp(p.exponent>=0?l<<BigInt(p.exponent):l>>BigInt(-p.exponent)),out[k],dtype); if(u>w){w=u;at=k}})
  console.log('pow',dtype,y,w,v[at])
}
